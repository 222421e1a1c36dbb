/** Runs a worker until it is killed. Its setting is the JSON of the first argument. */
import { pipeline } from './stream.ts'

await pipeline(JSON.parse(process.argv[2]!), { ingest: false })
process.stdout.write('up\n')
