import { isDeepStrictEqual } from 'node:util'
import { Api } from './api.js'

/** Where the journey takes place: all it knows of the house is what anyone outside knows. */
export interface Setting {
  /** Of the server, e.g. `http://127.0.0.1:4000`. */
  address: string
  /** What `surety token` prints for these options, e.g. `--tenant journey --role ADMIN`. */
  token(options: TokenOptions): Promise<string>
  /** Moves the clock that decides on by so many milliseconds. No API can: it's done in the journey's own database. */
  pass(ms: number): Promise<void>
  /** Told of each thing that was done, and what the API answered. */
  tell(told: Told): void
}

export interface TokenOptions {
  tenant: string
  role?: string[]
  customer?: string
  service?: string
  scope?: string[]
}

export interface Told {
  /** From 1 to 5. */
  step: number
  sentence: string
  answer: unknown
}

/** An act at the due millisecond itself is still in time, so one more is the least that makes it late. */
const JUST_BEHIND_MS = 1
/** What an alarm does is there within a second of its instant: ten say that it doesn't come. */
const PATIENCE_MS = 10_000

/** One walk through the steps: who acts, what was told, and what must hold. */
export class Walk {
  readonly setting: Setting
  /** The step it is in, and what it told last. */
  at = 1
  last = 'nothing yet'

  constructor(setting: Setting) {
    this.setting = setting
  }

  /** Somebody with a token, as `surety token` makes it. */
  async as(options: Omit<TokenOptions, 'tenant'>): Promise<Api> {
    const token = await this.setting.token({ tenant: JOURNEY_TENANT, ...options })
    return new Api(this.setting.address, token)
  }

  tell(sentence: string, answer: unknown): void {
    this.last = sentence
    this.setting.tell({ step: this.at, sentence, answer })
  }

  /** Tells it when the answer is what was promised. */
  holds(sentence: string, answer: unknown, promised: unknown): void {
    if (!isDeepStrictEqual(answer, promised))
      throw new Error(
        `"${sentence}" does not hold. The answer was ${JSON.stringify(answer)}, the promise ${JSON.stringify(promised)}.`,
      )
    this.tell(sentence, answer)
  }

  /** Moves the clock on to just behind this instant. */
  async passUntil(api: Api, instant: string): Promise<void> {
    await this.setting.pass(Math.max(0, Date.parse(instant) - Date.parse(await now(api))) + JUST_BEHIND_MS)
  }
}

/** The tenant of the journey; its database need hold no other. */
export const JOURNEY_TENANT = 'journey'

/** The clock that decides. */
export async function now(api: Api): Promise<string> {
  return (await api.ask('{ viewer { serverTime } }')).viewer.serverTime
}

/** An instant so many milliseconds after another. */
export const after = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString()

export const HOUR_MS = 60 * 60 * 1000

/** Asks again until it is so. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const answer = await ask()
    if (wanted(answer) || performance.now() > end) return answer
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
