import { expect, it } from 'vitest'
import { forcedTransport } from './sockjs.js'

it('forces the transport that the address names, and none that there is not', () => {
  expect(forcedTransport('?transport=xhr-polling')).toBe('xhr-polling')
  expect(forcedTransport('?a=b&transport=iframe-htmlfile')).toBe('iframe-htmlfile')
  expect(forcedTransport('?transport=pigeon')).toBeUndefined()
  expect(forcedTransport('?transport=')).toBeUndefined()
  expect(forcedTransport('')).toBeUndefined()
})
