import { Body, Controller, Get, HttpCode, Inject, Injectable, Module, Param, Post } from '@nestjs/common'
import { destination, messageMap } from 'stomping-ground'
import { z } from 'zod'
import { MessageHandlers, StompService } from './stomp.module.js'

const Message = z.object({ text: z.string().min(1).max(500) })
const roomTopic = destination('/topic/rooms/{roomId}', z.object({ from: z.string(), text: z.string() }))

@Injectable()
class RoomsService {
  readonly #counts = new Map<string, number>()

  count(roomId: string): number {
    return this.#counts.get(roomId) ?? 0
  }

  said(roomId: string, from: string, text: string): { from: string; text: string } {
    this.#counts.set(roomId, this.count(roomId) + 1)
    return { from, text }
  }
}

/** What a gateway is with socket.io, and checked by the compiler. */
@Injectable()
class RoomMessages extends MessageHandlers {
  constructor(@Inject(RoomsService) private readonly rooms: RoomsService) {
    super()
  }

  readonly messages = messageMap().message(
    '/rooms/{roomId}/messages',
    { body: Message, sendTo: ({ roomId }) => roomTopic.to({ roomId }) },
    ({ params, body, user }) => this.rooms.said(params.roomId, user.name, body.text),
  )
}

@Controller('rooms')
class RoomsController {
  constructor(
    @Inject(RoomsService) private readonly rooms: RoomsService,
    @Inject(StompService) private readonly stomp: StompService,
  ) {}

  @Get(':roomId/count')
  count(@Param('roomId') roomId: string): number {
    return this.rooms.count(roomId)
  }

  @Post(':roomId/messages')
  @HttpCode(202)
  async post(@Param('roomId') roomId: string, @Body() body: unknown): Promise<void> {
    const { text } = Message.parse(body)
    await this.stomp.messaging.send(roomTopic.to({ roomId }), this.rooms.said(roomId, 'http', text))
  }
}

@Module({ providers: [RoomsService, RoomMessages], controllers: [RoomsController] })
export class RoomsModule {}
