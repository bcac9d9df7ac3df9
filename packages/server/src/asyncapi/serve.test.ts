import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { asyncApi } from './asyncapi.js'
import { serveAsyncApi } from './serve.js'

test('the document is answered at its path, and nothing else is', async () => {
  const http = createServer((_, response) => response.end('yours'))
  const document = asyncApi({ info: { title: 'A', version: '1' } })
  const stop = serveAsyncApi(http, document)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => void http.close())
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  const answer = await fetch(`${url}/asyncapi.json?x=1`)
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(await answer.json()).toEqual(document)
  expect((await fetch(`${url}/asyncapi.json`, { method: 'POST' })).status).toBe(405)
  expect(await (await fetch(`${url}/asyncapi.json`, { method: 'HEAD' })).text()).toBe('')
  expect(await (await fetch(`${url}/other`)).text()).toBe('yours')
  stop()
  expect(await (await fetch(`${url}/asyncapi.json`)).text()).toBe('yours')
})
