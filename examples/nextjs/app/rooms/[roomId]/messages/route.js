/** HTTP and STOMP meet in the same room. */
export async function POST(request, { params }) {
  const { roomId } = await params
  const { text } = await request.json()
  await globalThis.messaging.send(`/topic/rooms/${roomId}`, { from: 'http', text })
  return new Response(null, { status: 202 })
}
