import { AsyncLocalStorage } from 'node:async_hooks'
import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import { histogram } from './metrics.js'

/** Does nothing, and costs nothing to speak of, until an SDK is registered, and again once that has stopped. */
const tracer = (): Tracer => trace.getTracer('surety')

/** From an index's answer to PostgreSQL's limit for a statement of ours, 10 s: six, since each statement has a line of its own. */
const STATEMENT_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10]

const statementSeconds = histogram(
  'surety_statement_duration_seconds',
  'How long the database took to answer a statement, waiting for its turn on the connection included.',
  ['statement'],
  STATEMENT_SECONDS,
)

/**
 * From here on work is slow, and said to be: 500 ms. A page of a portal takes a few milliseconds, a second is what a
 * breach may take to its reader (bars.md, P3), and half of that is noticed by whoever waits.
 */
export const SLOW_MS = 500

/** How many of its statements a slow piece of work is told with. */
const MOST_SLOWEST = 3

export interface SlowStatement {
  statement: string
  /** All of its runs together. */
  ms: number
  times: number
}

/**
 * One piece of work, an operation, an alarm or a delivery: what it asked of the database, and its span where somebody
 * traces. What a span holds are words of ours, counts and codes: never a value, an id, a token or a client's own words.
 */
export class Work {
  readonly startedAt = performance.now()
  readonly #parent: Context
  readonly #times = new Map<string, SlowStatement>()
  #span: Span | null = null
  #statements = 0

  constructor(parent: Context) {
    this.#parent = parent
  }

  /** From now on it has a span: what is found to be nothing to do never gets one. */
  begin(name: string, attributes: Attributes = {}, kind: SpanKind = SpanKind.INTERNAL): void {
    const startTime = Date.now() - this.ms
    this.#span = tracer().startSpan(name, { kind, attributes, startTime }, this.#parent)
  }

  /** Null where nobody traces it. */
  get span(): Span | null {
    return this.#span?.isRecording() ? this.#span : null
  }

  /** So that a line of the log is found from a trace, and a trace from a line. */
  get traceId(): string | undefined {
    return this.span?.spanContext().traceId
  }

  get context(): Context {
    return this.#span ? trace.setSpan(this.#parent, this.#span) : this.#parent
  }

  get ms(): number {
    return performance.now() - this.startedAt
  }

  get statements(): number {
    return this.#statements
  }

  get slowest(): SlowStatement[] {
    const all = [...this.#times.values()].sort((a, b) => b.ms - a.ms).slice(0, MOST_SLOWEST)
    return all.map(each => ({ ...each, ms: Math.round(each.ms * 10) / 10 }))
  }

  describe(name: string, attributes: Attributes, errorCode?: string): void {
    const { span } = this
    if (!span) return
    span.updateName(name)
    span.setAttributes(attributes)
    if (errorCode) fail(span, errorCode)
  }

  ran(statement: string, ms: number): void {
    this.#statements += 1
    const sofar = this.#times.get(statement)
    if (!sofar) this.#times.set(statement, { statement, ms, times: 1 })
    else {
      sofar.ms += ms
      sofar.times += 1
    }
  }

  end(error?: unknown): void {
    if (error !== undefined && this.span) fail(this.span, codeOf(error))
    this.#span?.end()
  }
}

const underWay = new AsyncLocalStorage<Work>()

/** The work that this is part of. */
export const currentWork = (): Work | undefined => underWay.getStore()

/** Does a piece of work. `traceparent` is the caller's own, where it sent one. */
export async function asWork<Result>(
  run: (work: Work) => Promise<Result>,
  options: { begin?: string; kind?: SpanKind; traceparent?: string | undefined } = {},
): Promise<Result> {
  const work = new Work(parentFrom(options.traceparent))
  if (options.begin) work.begin(options.begin, {}, options.kind)
  try {
    // What an operator's own SDK watches as well then stands beneath our span.
    const result = await underWay.run(work, () => context.with(work.context, () => run(work)))
    work.end()
    return result
  } catch (error) {
    work.end(error)
    throw error
  }
}

/** Runs a statement of this name: a word of ours, never its text, which may have values in it. */
export async function asStatement<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
  const work = underWay.getStore()
  const span = work?.span
    ? tracer().startSpan(
        name,
        { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql', 'db.query.summary': name } },
        work.context,
      )
    : null
  const startedAt = performance.now()
  try {
    return await run()
  } catch (error) {
    if (span) fail(span, codeOf(error))
    throw error
  } finally {
    const ms = performance.now() - startedAt
    statementSeconds.observe({ statement: name }, ms / 1000)
    work?.ran(name, ms)
    span?.end()
  }
}

/** The code alone: a message and a stack may quote anything. */
function fail(span: Span, code: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR })
  span.setAttribute('error.type', code)
}

/** PostgreSQL's, Node's or our own code, or the error's class; a word, and nothing that could be a sentence. */
function codeOf(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown }
  const word = [code, name].find(each => typeof each === 'string' && /^\w{1,63}$/.test(each))
  return (word as string | undefined) ?? 'Error'
}

/**
 * W3C Trace Context, 3.2: the trace that a request is part of. Nothing else is taken from outside: `tracestate` and
 * `baggage` would carry a client's own words into what is exported.
 */
function parentFrom(traceparent: string | undefined): Context {
  const [, version, traceId, spanId, flags] =
    /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-|$)/.exec(traceparent ?? '') ?? []
  if (!traceId || !spanId || version === 'ff') return ROOT_CONTEXT
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags as string, 16) & 1, isRemote: true }
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT
}
