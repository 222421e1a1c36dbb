/**
 * `invoice-agent-02` → `invoice-agent`: instances are numbered, and those of one family are each
 * other's peers. Undefined where nothing is left to tell a family by.
 */
export function familyOf(name: string): string | undefined {
  const family = name.replace(/[-_.]?\d+$/, '')
  return family === '' || family === 'default' ? undefined : family
}
