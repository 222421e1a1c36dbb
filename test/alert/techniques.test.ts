import { expect, it } from 'vitest'
import { candidates } from '../../src/alert/taxonomy.ts'
import { atlasTechnique, attackTechnique, owaspTechnique } from '../../src/alert/techniques.ts'

it('every id that a candidate names is well formed, named, and linked', () => {
  for (const { attack, atlas, owasp } of candidates) {
    for (const { v18, v19, name, url } of attack.map(attackTechnique)) {
      expect(v18).toMatch(/^T1\d{3}(?:\.\d{3})?$/)
      expect(v19).toMatch(/^T1\d{3}(?:\.\d{3})?$/)
      expect(name).not.toBe('')
      expect(url).toBe(`https://attack.mitre.org/techniques/${v18.replace('.', '/')}/`)
    }
    for (const { id, name, url } of atlas.map(atlasTechnique)) {
      expect(id).toMatch(/^AML\.T\d{4}(?:\.\d{3})?$/)
      expect(name).not.toBe('')
      expect(url).toBe(`https://atlas.mitre.org/techniques/${id}`)
    }
    for (const { id, name, url } of owasp.map(owaspTechnique)) {
      expect(id).toMatch(/^ASI(?:0[1-9]|10)$/)
      expect(name).not.toBe('')
      expect(url).toMatch(/^https:\/\/genai\.owasp\.org\//)
    }
  }
})

it('what ATT&CK v19 has renumbered goes by both ids', () => {
  expect(attackTechnique('T1562.008').v19).toBe('T1685.002')
  expect(attackTechnique('T1656').v19).toBe('T1684.001')
  expect(attackTechnique('T1485').v19).toBe('T1485')
})

it('an id that no catalogue has is refused', () => {
  expect(() => attackTechnique('T9999')).toThrow(RangeError)
  expect(() => atlasTechnique('AML.T9999')).toThrow(RangeError)
  expect(() => owaspTechnique('ASI11')).toThrow(RangeError)
})
