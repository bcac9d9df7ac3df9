import { StompError } from './errors.js'

/** What a header of this name says. @throws StompError `header-invalid` when it is no whole number */
export function wholeNumber(name: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  if (!/^\d{1,15}$/.test(value)) throw new StompError('header-invalid', `${name} has to be a whole number.`)
  return Number(value)
}
