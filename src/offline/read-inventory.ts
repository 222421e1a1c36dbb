/** Reads the agents that an inventory tells of: pages of Microsoft Graph, CSV, or entries of a registry. */
import { isDeepStrictEqual } from 'node:util'
import { type ColumnNames, entryOfRow, entryWith } from '../agent/agent-columns.ts'
import { graphAgents, graphObjects, nextLinkOf } from '../agent/graph-agents.ts'
import { readWritten, type WrittenAgent } from '../agent/registry.ts'
import { EngineError } from '../errors.ts'
import { shown } from '../event/refusal.ts'
import { type Fields, isFields } from '../formats/text/fields.ts'
import { type GraphConfig, graphPages } from './graph-pages.ts'
import { nameOf, type Reject, readValues } from './read.ts'
import { sourcesOf } from './source.ts'

export interface InventoryOptions {
  /** With which addresses are read; without it none can be. */
  readonly graph: GraphConfig | undefined
  readonly named: ColumnNames
  /** Whether every service principal of Graph is an agent. */
  readonly isAll: boolean
}

export interface Inventory {
  readonly agents: readonly WrittenAgent[]
  readonly rejects: readonly Reject[]
  /** Agents among the rejects, as far as they have an id. */
  readonly refusedIds: ReadonlySet<string>
  /** Objects of Graph that are no agents. */
  readonly others: number
  /** Agents whose roles have no name in what was read. */
  readonly unnamed: readonly string[]
  /** In which kinds it came: `graph`, `csv`, `json`. */
  readonly kinds: ReadonlySet<string>
  /** Why agents may be missing in it; undefined where all of it was read. */
  readonly gap: string | undefined
}

const ADDRESS = /^https?:\/\//i

/**
 * @param places files, `-`, and addresses of Microsoft Graph
 * @throws EngineError INPUT_UNREADABLE, CONFIG_INVALID
 */
export async function readInventory(
  places: readonly string[],
  options: InventoryOptions,
): Promise<Inventory> {
  const files = places.filter((place) => !ADDRESS.test(place))
  const sources = await sourcesOf(files)
  const reading = new Reading(options)
  for (const source of sources) {
    const file = nameOf(source)
    for await (const _ of readValues(source, takerFor(reading, file))) {
      // What it holds has reached the reading.
    }
  }
  for (const place of places.filter((each) => ADDRESS.test(each))) {
    if (options.graph === undefined) {
      const expected = 'expected the credentials to read it with: tenantId, clientId, clientSecret'
      throw new EngineError('CONFIG_INVALID', `graph: ${expected}.`)
    }
    for await (const page of graphPages(options.graph, place)) reading.value(page, place, 0)
  }
  return reading.inventory()
}

function takerFor(reading: Reading, file: string) {
  let values = 0
  const text = (json: string, line: number) => {
    if (json.trim() === '') return
    values++
    let value: unknown
    try {
      value = JSON.parse(json)
    } catch {
      reading.refuse({ file, line: line || values }, '$', `expected JSON, got ${shown(json)}`)
      return
    }
    reading.value(value, file, line || values)
  }
  return {
    text,
    bytes: (bytes: Buffer) => text(bytes.toString(), 0),
    value: (row: unknown, line: number) => reading.row(row as Fields, { file, line }),
    refuse: (line: number, reason: string) =>
      reading.refuse({ file, line: line || values + 1 }, '$', reason),
  }
}

type Place = Pick<Reject, 'file' | 'line'>

/** What has come together so far. */
class Reading {
  private readonly options: InventoryOptions
  private readonly objects = new Map<Fields, Place>()
  private readonly agents = new Map<string, WrittenAgent>()
  private readonly rejects: Reject[] = []
  private readonly refusedIds = new Set<string>()
  private readonly kinds = new Set<string>()
  private nameless = 0
  private pagesBefore = 0
  private pagesLast = 0

  constructor(options: InventoryOptions) {
    this.options = options
  }

  /** A page or an object of Graph, or an entry. */
  value(value: unknown, file: string, line: number): void {
    const objects = graphObjects(value)
    if (objects === undefined) {
      this.kinds.add('json')
      const entry = isFields(value) ? entryWith(value, value, this.options.named) : value
      this.entry(entry, { file, line })
      return
    }
    this.kinds.add('graph')
    if (nextLinkOf(value) !== undefined) this.pagesBefore++
    else this.pagesLast++
    for (const [at, object] of objects.entries()) {
      this.objects.set(object, { file, line: objects.length > 1 || line === 0 ? at + 1 : line })
    }
  }

  row(row: Fields, place: Place): void {
    this.kinds.add('csv')
    this.entry(entryOfRow(row, this.options.named), place)
  }

  refuse({ file, line }: Place, path: string, reason: string, id?: unknown): void {
    this.rejects.push({ file, line, path, reason })
    if (typeof id === 'string') this.refusedIds.add(id)
    else this.nameless++
  }

  inventory(): Inventory {
    const { named, isAll } = this.options
    const graph = graphAgents([...this.objects.keys()], isAll)
    for (const { object, entry } of graph.agents) {
      this.entry(entryWith(entry, object, named), this.objects.get(object)!) // it was put there
    }
    const { rejects, refusedIds, kinds } = this
    const agents = [...this.agents.values()]
    return { ...graph, agents, rejects, refusedIds, kinds, gap: this.gap() }
  }

  private entry(entry: unknown, place: Place): void {
    const id = isFields(entry) ? entry.id : undefined
    const read = readWritten(entry)
    if ('reject' in read) {
      this.refuse(place, read.reject.path, read.reject.reason, id)
      return
    }
    const { agent } = read
    const before = this.agents.get(agent.id)
    if (before === undefined) this.agents.set(agent.id, agent)
    else if (!isDeepStrictEqual(before, agent)) {
      const reason = `expected each agent once, got ${shown(agent.id)} again, and otherwise`
      this.refuse(place, '$.id', reason, agent.id)
    }
  }

  private gap(): string | undefined {
    if (this.pagesBefore > 0 && this.pagesLast === 0)
      return 'the last page of Graph is not among it'
    if (this.nameless > 0) return 'there are rejects without an id'
    return undefined
  }
}
