/** Redis INFO: its fields by name, as text or as a number. */

/** The text of a field; empty where the server does not tell it. */
export function infoField(info: string, name: string): string {
  return new RegExp(`^${name}:([^\r\n]*)`, 'm').exec(info)?.[1] ?? ''
}

/** Bytes used, and the bound on them; 0 for none. */
export function memoryIn(info: string): { readonly used: number; readonly max: number } {
  return {
    used: Number(infoField(info, 'used_memory')),
    max: Number(infoField(info, 'maxmemory')),
  }
}
