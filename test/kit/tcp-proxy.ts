import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** A way to a TCP server that can be cut, silenced and restored: what a network does to a database. */
export class TcpProxy {
  readonly port: number
  #target: { host: string; port: number }
  readonly #pairs = new Set<[Socket, Socket]>()
  #server: Server
  #silent = false

  private constructor(server: Server, target: { host: string; port: number }) {
    this.#server = server
    this.#target = target
    this.port = (server.address() as AddressInfo).port
    server.on('connection', socket => this.#join(socket))
  }

  static async to(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url)
    return new TcpProxy(await listen(0), { host: hostname, port: Number(port) })
  }

  /** New connections lead there from now on: the server came back elsewhere. */
  aim(url: string): void {
    const { hostname, port } = new URL(url)
    this.#target = { host: hostname, port: Number(port) }
  }

  /** The same database, through here. */
  through(url: string): string {
    const through = new URL(url)
    through.hostname = '127.0.0.1'
    through.port = String(this.port)
    return through.href
  }

  /** Open connections break, new ones are refused: the server is gone. */
  async cut(): Promise<void> {
    const closed = new Promise(resolve => this.#server.close(resolve))
    this.#breakAll()
    await closed
  }

  /** Everything stays open and nothing passes any more: a cable is unplugged. */
  silence(): void {
    this.#silent = true
    for (const pair of this.#pairs) for (const socket of pair) socket.pause()
  }

  /** As if nothing had happened; connections that were open while it was silent break, as they do after a while. */
  async restore(): Promise<void> {
    if (this.#silent) this.#breakAll()
    this.#silent = false
    if (this.#server.listening) return
    this.#server = await listen(this.port)
    this.#server.on('connection', socket => this.#join(socket))
  }

  async close(): Promise<void> {
    this.#breakAll()
    if (this.#server.listening) await new Promise(resolve => this.#server.close(resolve))
  }

  #join(client: Socket): void {
    const server = connect(this.#target)
    const pair: [Socket, Socket] = [client, server]
    this.#pairs.add(pair)
    const end = (): void => {
      client.destroy()
      server.destroy()
      this.#pairs.delete(pair)
    }
    for (const [from, to] of [pair, [server, client] as const]) {
      from.on('data', data => to.write(data))
      from.on('close', end)
      from.on('error', end)
      if (this.#silent) from.pause()
    }
  }

  #breakAll(): void {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
    this.#pairs.clear()
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
