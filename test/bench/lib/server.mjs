import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FLAGS, freePort, ROOT } from './places.mjs'

/** Clock ticks of /proc are hundredths of a second on every Linux (USER_HZ). */
const MS_PER_TICK = 10

const SURETY = join(ROOT, 'dist/src/cli.js')

/** A start that takes longer is none. */
const START_MS = 60_000

/** A contestant: a process of its own that says on standard output or error where it listens. */
export class Server {
  #child
  #ended
  /** Empty for a worker. */
  address = ''

  static async start(script, args, env) {
    const server = new Server()
    const { PATH = '', HOME = '', NODE_OPTIONS = '' } = process.env
    server.#child = spawn(process.execPath, [...(script === SURETY ? FLAGS : []), script, ...args], {
      env: { PATH, HOME, NODE_OPTIONS, PORT: '0', HOST: '127.0.0.1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let log = ''
    server.#ended = new Promise(resolve => server.#child.on('exit', resolve))
    server.address = await new Promise((resolve, reject) => {
      const listen = data => {
        log = (log + data).slice(-20_000)
        const address = /(?:"address":"|listening on )(http:[^"\s]+)/.exec(log)?.[1]
        if (address || log.includes('"msg":"started"')) resolve(address ?? '')
      }
      server.#child.stdout.on('data', listen)
      server.#child.stderr.on('data', listen)
      setTimeout(() => reject(new Error(`${script} did not say where it listens: ${log}`)), START_MS).unref()
      void server.#ended.then(code => reject(new Error(`${script} ended with ${code}: ${log}`)))
    })
    return server
  }

  /**
   * Surety's API without a clock beside it. It logs no operation, slow ones neither, since no other contestant does; so it doesn't say either
   * where it listens, and is asked until it answers anything.
   */
  static async surety(env) {
    const port = await freePort()
    const server = new Server()
    const { PATH = '', HOME = '' } = process.env
    server.#child = spawn(process.execPath, [...FLAGS, SURETY, 'serve', '--role', 'api'], {
      env: { PATH, HOME, HOST: '127.0.0.1', ...env, PORT: String(port), LOG_LEVEL: 'error' },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    let code
    server.#ended = new Promise(resolve => server.#child.on('exit', ended => resolve((code = ended ?? 'a signal'))))
    server.address = `http://127.0.0.1:${port}`
    const giveUpAt = performance.now() + START_MS
    while (
      !(await fetch(server.address).then(
        () => true,
        () => false,
      ))
    ) {
      if (code !== undefined || performance.now() > giveUpAt) throw new Error(`Surety did not start (${code ?? 'slow'})`)
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    return server
  }

  get pid() {
    return this.#child.pid
  }

  /** User and system time of the process so far, in milliseconds. */
  cpuMs() {
    return cpuMsOf(this.pid)
  }

  /** Resident memory, in bytes. */
  residentBytes() {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)[1]) * 1024
  }

  async stop() {
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 12_000)
    this.#child.kill('SIGTERM')
    await this.#ended
    clearTimeout(force)
  }
}

export function cpuMsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK
}
