/** A call of a tool: the action it is, and the thing it reached for as far as its arguments say. */
import { ID_LENGTH_MAX } from '../../event/event.ts'
import { type Fields, isFields, resourceIdOf, textOf } from './fields.ts'
import { pathOfUrl } from './m365-record.ts'

/** Longest JSON text of arguments that is parsed, in UTF-16 units. */
const ARGUMENTS_UNITS_MAX = 262_144
/** Longest target kept of an argument; what is longer is text, not the name of a thing. */
const TARGET_LENGTH_MAX = 512
/**
 * Arguments that name what a tool touches, in the order they are asked for. Their values are places and
 * names; arguments that carry what is said or searched for are none of them.
 */
const TARGETS = (
  'uri url endpoint file_path filepath path file filename directory folder site bucket database ' +
  'table collection index namespace repository repo project channel recipient to host hostname domain ' +
  'secret_name secret_id key_name account user_id customer_id ticket_id record_id document_id ' +
  'resource_id resource'
).split(' ')
const COMMANDS = ['full_command', 'bash_command', 'command', 'cmd']

/** `Send Mail!` → `tool.Send_Mail`: the words of the tool's name say what power the call has. */
export function toolAction(name: string): string {
  const word = name.replace(/[^\p{L}\p{N}_.-]+/gu, '_').replace(/^_+|_+$/g, '')
  return `tool.${word || 'unnamed'}`.slice(0, ID_LENGTH_MAX)
}

/** `tools/read_file/etc/passwd`, `crm.example/export_records`: server or `tools`, tool, target. */
export function toolResource(
  server: string | undefined,
  name: string,
  args: unknown,
): { id: string; type: string } {
  const target = targetOf(args)
  const parts = [server ?? 'tools', name.replaceAll('/', '_'), target?.replace(/^\/+/, '')]
  return { id: resourceIdOf(parts.filter(Boolean).join('/')) ?? 'tools', type: 'tool' }
}

/** What the arguments of a call name as its target. Queries of addresses and passwords are left out. */
export function targetOf(args: unknown): string | undefined {
  const fields = argumentsOf(args)
  if (fields === undefined) return undefined
  for (const [key, value] of Object.entries(fields).slice(0, 64)) {
    // A command line may hold anything; the program it starts is a name.
    if (!COMMANDS.includes(key.toLowerCase())) continue
    const line = textOf(Array.isArray(value) ? value[0] : value) ?? ''
    const program = /^\s*([\w./-]{1,128})/.exec(line)?.[1]?.split('/').at(-1)
    if (program) return program
  }
  const byName = new Map(
    Object.entries(fields).map(([key, value]) => [plainName(key), value] as const),
  )
  for (const name of TARGETS) {
    const value = byName.get(plainName(name))
    const text = textOf(Array.isArray(value) ? value[0] : value, TARGET_LENGTH_MAX + 1)
    if (text === undefined || text.length > TARGET_LENGTH_MAX || /[\r\n]/.test(text)) continue
    return pathOfUrl(text.replace(/^(\w+:\/\/)[^/@\s]*@/, '$1'))
  }
  return undefined
}

/** Names are written `file_path`, `filePath` and `File-Path`. */
const plainName = (name: string): string => name.toLowerCase().replace(/[_-]/g, '')

function argumentsOf(args: unknown): Fields | undefined {
  if (isFields(args)) return args
  if (typeof args !== 'string' || args.length > ARGUMENTS_UNITS_MAX) return undefined
  try {
    const parsed: unknown = JSON.parse(args)
    return isFields(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
