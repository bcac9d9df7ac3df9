import 'reflect-metadata'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { RoomsModule } from './rooms.module.js'
import { StompModule } from './stomp.module.js'

@Module({ imports: [StompModule.forRoot({ path: '/stomp', sockjs: true }), RoomsModule] })
class AppModule {}

/** Starts on a port of this machine; 0 takes a free one. */
export async function start(port: number) {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] })
  await app.listen(port, '127.0.0.1')
  const http = app.getHttpServer() as Server
  return { port: (http.address() as AddressInfo).port, close: () => app.close() }
}
