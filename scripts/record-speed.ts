/** Writes what `npm run bench` measured last to docs/results.md, the README and the plots. */
import { readFileSync, writeFileSync } from 'node:fs'
import { writeBenchPlots } from './bench-plots.ts'
import { speedPageOf } from './speed-page.ts'
import { speedOf } from './speed-table.ts'

replace('../docs/results.md', /## Speed and size\n[\s\S]*$/, speedPageOf(writeBenchPlots()))
replace('../README.md', /\| scan, one thread[\s\S]*?(?=<!-- results:end -->)/, speedOf())

function replace(page: string, part: RegExp, text: string): void {
  const file = new URL(page, import.meta.url)
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(part, () => text),
  )
}
