/** Syslog over UDP: one message a datagram. Where the inbox is full they are dropped, and counted. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { isIPv6 } from 'node:net'
import type { ConnectionOptions, Listener } from './connections.ts'
import { type Inbox, keptOf, refusedOf } from './inbox.ts'

/** Asked of the operating system for what comes while the process does something else. */
const KERNEL_BYTES = 4_194_304

export interface DatagramOptions
  extends Pick<ConnectionOptions, 'host' | 'port' | 'messageBytesMax' | 'isAllowed' | 'refused'> {
  /** Called for each datagram for which there was no room. */
  readonly dropped: () => void
}

/** Throws what the operating system says where it cannot listen there. */
export async function listenForDatagrams(
  { host, port, messageBytesMax, isAllowed, refused, dropped }: DatagramOptions,
  inbox: Inbox,
): Promise<Listener> {
  const type = isIPv6(host) ? 'udp6' : 'udp4'
  const socket = createSocket({ type, recvBufferSize: KERNEL_BYTES })
  socket.on('message', (bytes, { address }) => {
    if (!isAllowed(address)) refused(address, 'its address is not among the peers')
    else if (inbox.isFull()) dropped()
    else if (bytes.length <= messageBytesMax) inbox.put(keptOf(bytes, address))
    else {
      const reason = `expected a message of at most ${messageBytesMax} bytes, got ${bytes.length}`
      inbox.put(refusedOf(bytes.subarray(0, messageBytesMax), address, reason))
    }
  })
  socket.bind(port, host)
  await once(socket, 'listening')
  socket.on('error', ({ message }) => refused(undefined, message))
  const closed = once(socket, 'close')
  return {
    resume() {},
    stop: () => void socket.close(),
    async close() {
      await closed
    },
  }
}
