import { expect, it } from 'vitest'
import { sniff } from '../../../src/formats/text/sniff.ts'

it.each([
  ['', 'lines'],
  ['{"a":1}\n{"a":2}', 'lines'],
  ['{"a":1}\r\n{"a":2}', 'lines'],
  ['{"a":1,"b\n{"a":2}', 'lines'],
  ['broken\n{"a":2}', 'lines'],
  ['{"a":1}', 'document'],
  ['{\n  "a": 1\n}', 'document'],
  ['{"a": [\n1]}', 'document'],
  ['{"a":1}{"a":2}\n', 'document'],
  ['{"a":1},\n{"a":2}', 'document'],
  ['[{"a":1}]', 'document'],
  ['[\n{"a":1}]', 'document'],
  ['[]', 'document'],
  ['[[[[\n{"a":1}', 'lines'],
  ['"Record Id",CreationDate,AuditData\n1,2,3', 'csv'],
  ['"TimeGenerated [UTC]",Type\n1,2', 'csv'],
  ['a\u0000b', 'refused'],
  ['\u00ff\u00fe{\u0000', 'refused'],
])('%j is %s', (head, kind) => expect(sniff(Buffer.from(head, 'latin1')).kind).toBe(kind))
