/** Evidence as a case keeps it; what is not given is unremarkable. */
import type { KeptEvent } from '../../src/alert/evidence.ts'

export const keptEvent = (fields: Partial<KeptEvent>): KeptEvent => ({
  id: 'e',
  atMs: 0,
  action: 'files.read',
  resource: 'sites/a',
  outcome: 'success',
  p: 1e-4,
  detectors: [],
  ...fields,
})
