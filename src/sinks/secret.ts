/**
 * A secret of a sink or a source: the text itself, or where it lies, so that a configuration can be shown and kept
 * under version control. It is read when that is opened, and never shown.
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { EngineError } from '../errors.ts'

const SECRET_LENGTH_MAX = 16_384

const place = z.string().min(1).max(4_096)

/** What a text must be like to be such a secret, in words that can follow "expected". */
export interface SecretRule {
  readonly expected: string
  isFit(text: string): boolean
}

/** For what goes into a header, or is compared letter by letter. */
export const plainSecret: SecretRule = {
  expected: 'a text of printable ASCII without spaces',
  isFit: (text) => /^[\x21-\x7e]+$/.test(text),
}

/** For a whole header: a scheme and what follows it. */
export const headerValue: SecretRule = {
  expected: 'a header of printable ASCII, such as "Bearer …"',
  isFit: (text) => /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text),
}

export const pemKey: SecretRule = {
  expected: 'a private key (PEM)',
  isFit: (text) => /^-----BEGIN [A-Z ]*PRIVATE KEY-----\s/.test(text),
}

export type Secret = string | { readonly env: string } | { readonly file: string }

/** A text, or `{"env": "NAME"}`, or `{"file": "path"}`; a line break at the end of a file is not of it. */
export function secretSchema({ expected, isFit }: SecretRule = plainSecret) {
  const text = z
    .string()
    .max(SECRET_LENGTH_MAX)
    .refine(isFit, { error: `expected ${expected}` })
  return z.union([text, z.strictObject({ env: place }), z.strictObject({ file: place })], {
    error: `expected ${expected}, or {"env": "NAME"}, or {"file": "path"}`,
  })
}

/** The secret itself. Throws CONFIG_INVALID where it is not there, or is not what it should be. */
export function readSecret(
  secret: Secret,
  option: string,
  { expected, isFit }: SecretRule = plainSecret,
): string {
  if (typeof secret === 'string') return secret // the schema has looked at it
  const where = 'env' in secret ? `variable ${secret.env}` : `file ${secret.file}`
  const text = 'env' in secret ? process.env[secret.env] : readText(secret.file, option)
  if (text === undefined) {
    throw new EngineError('CONFIG_INVALID', `${option}: the ${where} is not set.`)
  }
  if (text.length > SECRET_LENGTH_MAX || !isFit(text)) {
    throw new EngineError(
      'CONFIG_INVALID',
      `${option}: the ${where} holds no such thing: expected ${expected}.`,
    )
  }
  return text
}

/** The environment variables that hold secrets of a part of the configuration. */
export function secretVariables(config: object): string[] {
  return Object.values(config)
    .flat()
    .flatMap((value) =>
      typeof value === 'object' && value !== null && 'env' in value ? [String(value.env)] : [],
    )
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    const why = (cause as Error).message
    throw new EngineError('CONFIG_INVALID', `${option}: cannot be read: ${why}.`, { cause })
  }
}
