import { setTimeout as sleep } from 'node:timers/promises'
import { SuretyProcess } from '../process.js'
import type { World } from '../world.js'

/** Several worker processes on one world's database, of which one after the other is killed. */
export class Fleet {
  /** Processes that were killed (-9). */
  killed = 0
  readonly #cli: string
  readonly #world: World
  readonly #env: Record<string, string>
  readonly #workers: SuretyProcess[]
  readonly #logs: string[] = []
  #killing: Promise<void> = Promise.resolve()
  #over = false

  private constructor(cli: string, world: World, env: Record<string, string>, workers: SuretyProcess[]) {
    this.#env = env
    this.#cli = cli
    this.#world = world
    this.#workers = workers
  }

  static async start(
    cli: string,
    world: World,
    size: number,
    env: Record<string, string> = {},
  ): Promise<Fleet> {
    const workers = Array.from({ length: size }, () =>
      SuretyProcess.start(cli, world, { role: 'worker', env }),
    )
    return new Fleet(cli, world, env, await Promise.all(workers))
  }

  /** Everything they wrote, those that are gone included. */
  get log(): string {
    return [...this.#logs, ...this.#workers.map(each => each.log)].join('')
  }

  /** Kills the next one in turn and starts another in its place. */
  async killOne(): Promise<void> {
    const turn = this.killed % this.#workers.length
    const victim = this.#workers[turn] as SuretyProcess
    this.killed += 1
    await victim.stop()
    this.#logs.push(victim.log)
    this.#workers[turn] = await SuretyProcess.start(this.#cli, this.#world, {
      role: 'worker',
      env: this.#env,
    })
  }

  /** From now on kills one every so many milliseconds, until it's stopped. */
  killEvery(ms: number): void {
    this.#killing = (async () => {
      for (;;) {
        await sleep(ms)
        if (this.#over) return
        await this.killOne()
      }
    })()
    // Told by stop().
    this.#killing.catch(() => undefined)
  }

  /** Stops killing, then the processes; says so when one of them didn't come up. */
  async stop(): Promise<void> {
    this.#over = true
    const killing = await Promise.allSettled([this.#killing])
    for (const worker of this.#workers) await worker.stop()
    for (const each of killing) if (each.status === 'rejected') throw each.reason as Error
  }
}
