/** Reads numbers and moments of the command line. */
import { InvalidArgumentError } from 'commander'

/** A reader of whole numbers in a range, for commander. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (number >= min && number <= max) return number
    throw new InvalidArgumentError(`Expected a whole number from ${min} to ${max}.`)
  }
}

/** A date, its midnight UTC, or a time with a zone, in epoch ms. */
export function pastMoment(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(?:T.*(?:Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (!Number.isNaN(ms)) return ms
  throw new InvalidArgumentError('Expected a date such as 2026-03-01, or a time with its zone.')
}
