import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { OPTIONS, readConfig } from '../server/config.js'
import { CHAT_LIMITS } from '../server/limits.js'

const root = new URL('../../../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

/** What a variable without a value is taken for in Compose: the text after `:-`. */
const withDefaults = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')

/** @throws ConfigError where a value is wrong, and Error where the chat reads no such variable */
function configOf(environment: Readonly<Record<string, string>>): ReturnType<typeof readConfig> {
  for (const name of Object.keys(environment)) {
    if (!(name in OPTIONS)) throw new Error(`The chat reads no ${name}`)
  }
  return readConfig(environment)
}

describe('the Dockerfile', () => {
  const dockerfile = read('Dockerfile')
  const [, build = '', final = ''] = dockerfile.split(/^FROM /m)

  test('brings what the chat runs of: its own code, and the packages that it depends on with theirs', () => {
    const copied = [...final.matchAll(/^COPY --from=build \/app\/(\S+) (\S+)$/gm)]
    for (const [, from, to] of copied) expect([from, existsSync(new URL(from!, root))]).toEqual([to, true])
    const workspaces = new Map(
      readdirSync(new URL('packages/', root)).map((folder) => {
        const { name, dependencies = {} } = JSON.parse(read(`packages/${folder}/package.json`)) as {
          name: string
          dependencies?: Record<string, string>
        }
        return [name, { folder, needs: Object.keys(dependencies) }]
      }),
    )
    const needed = new Set<string>()
    const need = (names: readonly string[]): void => {
      for (const name of names) {
        const workspace = workspaces.get(name)
        if (workspace === undefined || needed.has(workspace.folder)) continue
        needed.add(workspace.folder)
        need(workspace.needs)
      }
    }
    need(Object.keys((JSON.parse(read('apps/chat/package.json')) as { dependencies: object }).dependencies))
    const paths = copied.map(([, from]) => from!)
    expect(paths.toSorted()).toEqual(
      [
        'node_modules',
        ...[...needed].flatMap((folder) => [`packages/${folder}/package.json`, `packages/${folder}/dist`]),
        'apps/chat/package.json',
        'apps/chat/dist',
      ].toSorted(),
    )
  })

  test('sets only what the chat reads, listens where it says, and is not root', () => {
    const [, ...pairs] = /^ENV (.+)$/m.exec(final)![0].split(' ')
    const { NODE_ENV, ...environment } = Object.fromEntries(pairs.map((pair) => pair.split('='))) as Record<
      string,
      string
    >
    expect(NODE_ENV).toBe('production')
    const { host, port, stompTcpPort, dataDir } = configOf(environment)
    expect(host).toBe('0.0.0.0')
    expect(final).toContain(`\nEXPOSE ${port} ${stompTcpPort}\n`)
    expect(final).toContain(`\nVOLUME ${dataDir}\n`)
    expect(final).toMatch(/^USER node$/m)
  })

  test('names a Node that the packages support, to the patch', () => {
    expect(dockerfile).toMatch(/^ARG NODE=(2[24])\.\d+\.\d+-/m)
    expect(build).toContain('${NODE} AS build')
    expect(final).toContain('${NODE}')
  })

  test('asks for health in a way that Node understands', () => {
    const [, script = ''] = /CMD \["node", "-e", "([^"]+)"\]/.exec(final) ?? []
    expect(spawnSync(process.execPath, ['-e', script], { env: { PORT: '1' } }).status).toBe(1)
  })
})

describe('deploy/haproxy.cfg', () => {
  test('asks for nothing that is not set by who uses it', () => {
    const variables = new Set(
      [...read('deploy/haproxy.cfg').matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name),
    )
    expect(variables).toEqual(new Set(['BIND', 'NODE_1', 'NODE_2', 'NODE_3']))
  })
})

describe('deploy/compose.yaml', () => {
  interface Service {
    readonly image?: string
    readonly environment?: Record<string, string>
    readonly depends_on?: Record<string, { condition: string }>
    readonly healthcheck?: { test: string[] }
    readonly volumes?: string[]
    readonly ports?: string[]
    readonly stop_grace_period?: string
  }
  const { services, volumes } = parse(withDefaults(read('deploy/compose.yaml')), { merge: true }) as {
    services: Record<string, Service>
    volumes: object
  }

  test('gives the nodes what the chat reads, with names and ports that are there', () => {
    for (const node of ['one', 'two']) {
      const { environment, stop_grace_period: grace } = services[node]!
      const { databaseUrl, brokerUrl, trustProxy } = configOf(environment!)
      expect(services[new URL(databaseUrl!).hostname]!.image).toMatch(/^postgres:/)
      const [, broker = '', port = ''] = /@(\w+):(\d+)\//.exec(brokerUrl!)!
      expect(services[broker]!.image).toMatch(/^rabbitmq:/)
      expect(services[broker]!.healthcheck!.test).toContain(port)
      expect(trustProxy).toBe(1)
      expect(Number.parseInt(grace!) * 1_000).toBeGreaterThan(CHAT_LIMITS.drainMs)
    }
  })

  test('has the balancer ask the nodes where they listen', () => {
    const { environment, ports, volumes: files } = services['balancer']!
    const [, image = ''] = read('Dockerfile').split(/^EXPOSE /m)
    const port = image.split(' ')[0]!
    const { BIND, ...nodes } = environment!
    for (const node of Object.values(nodes)) {
      const [name, at] = node.split(':')
      expect(services[name!]!.image).toBe('stomping-ground-chat')
      expect(at).toBe(port)
    }
    expect(ports![0]!.split(':')[1]).toBe(BIND!.split(':')[1])
    expect(files![0]).toMatch(/^\.\/haproxy\.cfg:/)
  })

  test('brings the files that it names, and RabbitMQ with STOMP', () => {
    const files = Object.values(services)
      .flatMap((service) => service.volumes ?? [])
      .filter((volume) => volume.startsWith('.'))
      .map((volume) => volume.split(':')[0]!)
    expect(files).toEqual(['./haproxy.cfg', './rabbitmq-plugins'])
    for (const file of files) expect(existsSync(new URL(`deploy/${file}`, root))).toBe(true)
    expect(read('deploy/rabbitmq-plugins')).toBe('[rabbitmq_stomp].\n')
  })

  test('starts in an order in which each waits for what is healthy', () => {
    for (const [name, { depends_on: needs = {} }] of Object.entries(services)) {
      for (const [needed, { condition }] of Object.entries(needs)) {
        expect([name, needed, condition]).toEqual([name, needed, 'service_healthy'])
        // The chat's image brings its own.
        expect(services[needed]!.healthcheck ?? services[needed]!.image).toBeDefined()
      }
    }
    const named = Object.values(services)
      .flatMap((service) => service.volumes ?? [])
      .filter((volume) => !volume.startsWith('.'))
    expect(new Set(named.map((volume) => volume.split(':')[0]))).toEqual(new Set(Object.keys(volumes)))
  })
})

describe('deploy/kubernetes', () => {
  interface Part {
    readonly apiVersion: string
    readonly kind: string
    readonly metadata: { readonly name: string }
  }
  const { resources } = parse(read('deploy/kubernetes/kustomization.yaml')) as { resources: string[] }
  const documents = resources.flatMap((file) => parseAllDocuments(read(`deploy/kubernetes/${file}`)))
  const parts = documents.map((document) => document.toJS() as Part)
  const part = <Kind extends keyof Kinds>(kind: Kind): Part & Kinds[Kind] =>
    parts.find((one) => one.kind === kind) as Part & Kinds[Kind]

  interface Probe {
    readonly httpGet: { readonly path: string; readonly port: string }
  }
  interface Container {
    readonly image: string
    readonly env: { name: string; value?: string; valueFrom?: object }[]
    readonly envFrom: { secretRef: { name: string } }[]
    readonly ports: { name: string; containerPort: number }[]
    readonly lifecycle: { preStop: { exec: { command: string[] } } }
    readonly volumeMounts: { name: string; mountPath: string }[]
    readonly startupProbe: Probe
    readonly readinessProbe: Probe
    readonly livenessProbe: Probe
  }
  interface Template {
    readonly metadata: { labels: Record<string, string> }
    readonly spec: {
      terminationGracePeriodSeconds: number
      containers: Container[]
      volumes: { name: string }[]
    }
  }
  interface Selector {
    readonly matchLabels: Record<string, string>
  }
  /** What is looked at of each. */
  interface Kinds {
    readonly Deployment: { readonly spec: { selector: Selector; template: Template } }
    readonly Secret: { readonly stringData: Record<string, string> }
    readonly Service: { readonly spec: { selector: object; ports: { name: string; targetPort: string }[] } }
    readonly PodDisruptionBudget: { readonly spec: { selector: Selector } }
    readonly HorizontalPodAutoscaler: { readonly spec: { scaleTargetRef: object } }
    readonly Ingress: { readonly spec: { rules: { http: { paths: { backend: object }[] } }[] } }
  }
  const deployment = part('Deployment')
  const { template } = deployment.spec
  const [container] = template.spec.containers

  test('lists every file, and each is a part of a kind that Kubernetes has', () => {
    const files = readdirSync(new URL('deploy/kubernetes/', root)).filter(
      (file) => file !== 'kustomization.yaml',
    )
    expect(new Set(resources)).toEqual(new Set(files))
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
    expect(parts.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).toSorted()).toEqual([
      'apps/v1 Deployment',
      'autoscaling/v2 HorizontalPodAutoscaler',
      'networking.k8s.io/v1 Ingress',
      'policy/v1 PodDisruptionBudget',
      'v1 Secret',
      'v1 Service',
    ])
  })

  test('gives the nodes what the chat reads, a broker and a database among it', () => {
    const { env, envFrom, ports, volumeMounts } = container!
    const secret = part('Secret')
    expect(envFrom).toEqual([{ secretRef: { name: secret.metadata.name } }])
    const environment = {
      ...secret.stringData,
      ...Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
    } as Record<string, string>
    expect(env.filter(({ valueFrom }) => valueFrom !== undefined).map(({ name }) => name)).toEqual(['POD_IP'])
    environment['NODE_ADDRESS'] = environment['NODE_ADDRESS']!.replace('$(POD_IP)', '10.0.0.7')
    const config = configOf(environment)
    expect([config.nodeAddress, config.nodeSecret]).toEqual([
      `http://10.0.0.7:${config.port}`,
      expect.any(String),
    ])
    expect([config.databaseUrl, config.brokerUrl]).not.toContain(undefined)
    expect([config.host, config.stompTcpPort, config.trustProxy]).toEqual(['0.0.0.0', 0, 1])
    expect(ports.map(({ containerPort }) => containerPort)).toEqual([config.port])
    expect(volumeMounts.map(({ mountPath }) => mountPath)).toEqual([config.dataDir])
    expect(template.spec.volumes.map(({ name }) => name)).toEqual(volumeMounts.map(({ name }) => name))
  })

  test('asks for readiness where it is told, and restarts no node for its broker', () => {
    const { startupProbe, readinessProbe, livenessProbe, ports } = container!
    expect([startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet)).toEqual([
      { path: '/healthz', port: ports[0]!.name },
      { path: '/readyz', port: ports[0]!.name },
      { path: '/healthz', port: ports[0]!.name },
    ])
  })

  test('gives a node the time that leaving takes', () => {
    const [command, seconds] = container!.lifecycle.preStop.exec.command
    expect(command).toBe('sleep')
    expect(template.spec.terminationGracePeriodSeconds * 1_000).toBeGreaterThan(
      Number(seconds) * 1_000 + CHAT_LIMITS.drainMs,
    )
  })

  test('everything is about the same nodes', () => {
    const { labels } = template.metadata
    expect(deployment.spec.selector.matchLabels).toEqual(labels)
    const service = part('Service')
    expect(service.spec.selector).toEqual(labels)
    expect(service.spec.ports[0]!.targetPort).toBe(container!.ports[0]!.name)
    expect(part('PodDisruptionBudget').spec.selector.matchLabels).toEqual(labels)
    const { apiVersion, kind, metadata } = deployment
    expect(part('HorizontalPodAutoscaler').spec.scaleTargetRef).toEqual({
      apiVersion,
      kind,
      name: metadata.name,
    })
    const ingress = part('Ingress')
    expect(ingress.spec.rules[0]!.http.paths[0]!.backend).toEqual({
      service: { name: service.metadata.name, port: { name: service.spec.ports[0]!.name } },
    })
  })
})
