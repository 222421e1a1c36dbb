/**
 * Bulk transfer: more records or bytes in a window or a session than the agent usually moves.
 *
 * Reads     volume
 * Blind to  Logs that carry no volumes, and a slow drip.
 */
import { surge } from './surge.ts'
import { bytes, count } from './words.ts'

export const bulkTransfer = surge({
  name: 'bulk-transfer',
  aspect: 'amount',
  title: 'moved more data than it ever does',
  measures: [1, 2],
  inWords: (measure, total) => (measure === 1 ? `${count(total)} records` : bytes(total)),
})
