import { Inject, Injectable, Module } from '@nestjs/common'
import type { BeforeApplicationShutdown, DynamicModule, OnApplicationBootstrap } from '@nestjs/common'
import { DiscoveryModule, DiscoveryService, HttpAdapterHost } from '@nestjs/core'
import { createStompServer } from 'stomping-ground'
import type {
  AttachOptions,
  MessageMap,
  Messaging,
  StompServer,
  StompServerOptions,
  StompUser,
} from 'stomping-ground'

const OPTIONS = Symbol('StompModuleOptions')

export interface StompModuleOptions extends AttachOptions {
  readonly server?: Omit<StompServerOptions, 'messages'>
}

/** A provider that handles messages: extend it, and the server finds it in whatever module it is provided. */
export abstract class MessageHandlers<User extends StompUser = StompUser> {
  abstract readonly messages: MessageMap<User>
}

/** The server, from the moment when all providers are there, and as long as Nest's HTTP server lives. */
@Injectable()
export class StompService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #server: StompServer | undefined

  constructor(
    @Inject(OPTIONS) private readonly options: StompModuleOptions,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
  ) {}

  /** Sends to whoever is subscribed. There once the application has bootstrapped: when handlers and requests run. */
  get messaging(): Messaging {
    return this.server.messaging
  }

  get server(): StompServer {
    if (this.#server === undefined) throw new Error('There is no STOMP server before onApplicationBootstrap')
    return this.#server
  }

  onApplicationBootstrap(): void {
    const providers = this.discovery.getProviders().map(({ instance }) => instance as unknown)
    const handlers = providers.filter((one) => one instanceof MessageHandlers)
    const { server, ...endpoint } = this.options
    this.#server = createStompServer({ ...server, messages: handlers.map(({ messages }) => messages) })
    this.#server.attach(this.adapterHost.httpAdapter.getHttpServer(), endpoint)
  }

  /** Before Nest closes the HTTP server: that would wait for the WebSockets. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.#server?.drain({ withinMs: 5_000 })
  }
}

@Module({})
export class StompModule {
  static forRoot(options: StompModuleOptions): DynamicModule {
    return {
      module: StompModule,
      global: true,
      imports: [DiscoveryModule],
      providers: [{ provide: OPTIONS, useValue: options }, StompService],
      exports: [StompService],
    }
  }
}
