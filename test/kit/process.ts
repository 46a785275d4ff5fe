import { type ChildProcess, spawn } from 'node:child_process'
import { ISSUER, type World } from './world.js'

/** Surety as operators run it: a process of its own on a world's database. */
export class SuretyProcess {
  /** Where it listens; empty for a worker. */
  readonly address: string
  readonly child: ChildProcess
  /** Resolves when it's gone, with its exit code and the signal that ended it. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; at: number }>
  readonly #lines: string[]

  private constructor(
    child: ChildProcess,
    ended: SuretyProcess['ended'],
    lines: string[],
    address: string | null,
  ) {
    this.child = child
    this.ended = ended
    this.#lines = lines
    this.address = address ?? ''
  }

  static async start(
    cli: string,
    world: World,
    options: { role?: string; databaseUrl?: string; env?: Record<string, string> } = {},
  ): Promise<SuretyProcess> {
    const { PATH = '', HOME = '' } = process.env
    const child = spawn(process.execPath, [cli, 'serve', '--role', options.role ?? 'all'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...{ PATH, HOME, PORT: '0', PUBLIC_URL: ISSUER, SURETY_MASTER_KEY: world.masterKey },
        DATABASE_URL: options.databaseUrl ?? world.appUrl,
        ...options.env,
      },
    })
    const lines: string[] = []
    const ended: SuretyProcess['ended'] = new Promise(resolve =>
      child.on('exit', (code, signal) => resolve({ code, signal, at: performance.now() })),
    )
    const started = new Promise<string | null>((resolve, reject) => {
      child.stdout?.on('data', data => lines.push(String(data)))
      let found = false
      child.stderr?.on('data', data => {
        lines.push(String(data))
        // Once it has started nobody reads what it says line by line: that would take ever longer of who measures it.
        if (found) return
        const line = lines
          .join('')
          .split('\n')
          .find(each => each.includes('"msg":"started"'))
        found = line !== undefined
        if (line) resolve((JSON.parse(line) as { address: string | null }).address)
      })
      void ended.then(({ code }) => reject(new Error(`it ended with ${code}: ${lines.join('')}`)))
    })
    return new SuretyProcess(child, ended, lines, await started)
  }

  /** Everything it wrote. */
  get log(): string {
    return this.#lines.join('')
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** For the end of a test, however it ended. */
  async stop(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}
