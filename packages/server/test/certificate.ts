import { generateKeyPairSync, sign } from 'node:crypto'

/** A key and a certificate that it signed itself, in PEM, as TLS wants them. */
export interface Identity {
  readonly key: string
  readonly cert: string
}

const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'))
const COMMON_NAME = Buffer.from('0603550403', 'hex')

/** A new identity of this name: an X.509 certificate of version 1 (RFC 5280 section 4.1), good for a day. */
export function selfSigned(commonName: string): Identity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(element(0x31, sequence(COMMON_NAME, element(0x0c, Buffer.from(commonName)))))
  const day = 86_400_000
  const validity = sequence(utcTime(Date.now() - day), utcTime(Date.now() + day))
  const serial = element(0x02, Buffer.of(1))
  const publicKeyInfo = publicKey.export({ type: 'spki', format: 'der' })
  const body = sequence(serial, ECDSA_WITH_SHA256, name, validity, name, publicKeyInfo)
  const signature = element(0x03, Buffer.concat([Buffer.of(0), sign('sha256', body, privateKey)]))
  const certificate = sequence(body, ECDSA_WITH_SHA256, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
  }
}

/** One element of DER (X.690): tag, length, content. */
function element(tag: number, content: Buffer): Buffer {
  const { length } = content
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, ...head), content])
}

function sequence(...elements: Buffer[]): Buffer {
  return element(0x30, Buffer.concat(elements))
}

function utcTime(ms: number): Buffer {
  return element(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14)}Z`))
}
