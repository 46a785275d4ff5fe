import { lookup as systemLookup, type LookupAddress, promises as dns } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import { isPublicAddress } from './public-address.js'

/** Why nothing came. The first four are the address's fault and known before anything is connected to. */
export type FetchProblem =
  | 'not-an-address'
  | 'not-https'
  | 'credentials'
  | 'private-address'
  | 'unreachable'
  | 'timeout'
  | 'redirect'
  | 'status'
  | 'too-large'

/** Nothing came from an address that somebody else named. It repeats neither the address nor what was answered. */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused'

  constructor(
    readonly problem: FetchProblem,
    cause?: unknown,
    /** Of a redirect. */
    readonly status: number | null = null,
  ) {
    super(`nothing was fetched: ${problem}`, { cause })
  }
}

export interface FetchWish {
  method?: 'GET' | 'POST'
  headers?: Record<string, string>
  body?: string
  /** The most that is read of the answer. */
  maxBytes: number
  /** A longer one is cut there, and not refused. */
  cut?: boolean
  /** For all of it: name, connection, answer. */
  timeoutMs: number
  /** Ends it sooner. */
  signal?: AbortSignal
}

export interface Fetched {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: string
}

/** Finds the addresses of a name; a test brings its own. */
export type Resolve = (name: string) => Promise<LookupAddress[]>

/** A connection that isn't used for so long is closed: long enough for one place's next message, sooner than servers close it. */
const KEPT_MS = 4_000

/** How long one nameserver is waited for, and how often it is asked: inside the 5 s that a whole fetch takes. */
const DNS = { timeout: 1_500, tries: 2 }

/**
 * Goes to addresses that tenants name, without lending them our place in the network: https alone, public addresses
 * alone, no redirects, no proxy, a bound on time and size. A name is looked up once, every address it has is checked,
 * and the connection goes to one that was checked: a name that answers otherwise the second time (rebinding) gains
 * nothing. An address written as a number, however spelled, is checked as the number it is.
 */
export class GuardedFetch {
  readonly #agent: Agent
  readonly #privateHosts: ReadonlySet<string>
  /** The hosts of that list without their ports. */
  readonly #namesListed: ReadonlySet<string>
  readonly #resolve: Resolve

  /**
   * `privateHosts`: `host` or `host:port`, as they stand in an address, that may be private and plain http. `keepAlive`: it
   * goes to the same places again and again.
   */
  constructor(options: { privateHosts?: readonly string[]; resolve?: Resolve; keepAlive?: boolean } = {}) {
    this.#privateHosts = new Set(options.privateHosts?.map(host => host.toLowerCase()) ?? [])
    this.#namesListed = new Set([...this.#privateHosts].map(host => host.replace(/:\d+$/, '')))
    this.#resolve = options.resolve ?? resolvePublicly
    this.#agent = new Agent({
      connect: { lookup: this.#lookup },
      // Seldom the same place twice: what stays open would only be forgotten. What stays leads where it was checked to.
      ...(options.keepAlive
        ? { keepAliveTimeout: KEPT_MS, pipelining: 1 }
        : { keepAliveTimeout: 1, pipelining: 0 }),
    })
  }

  /** @throws FetchRefused, and nothing else. A status other than 2xx is the caller's to judge, a redirect is refused. */
  async fetch(address: string, wish: FetchWish): Promise<Fetched> {
    const url = this.check(address)
    const late = AbortSignal.timeout(wish.timeoutMs)
    const signal = wish.signal ? AbortSignal.any([late, wish.signal]) : late
    try {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: this.#agent,
        method: wish.method ?? 'GET',
        headers: { 'user-agent': 'Surety', ...wish.headers },
        body: wish.body ?? null,
        signal,
      })
      if (statusCode >= 300 && statusCode < 400) {
        body.on('error', () => undefined).destroy()
        throw new FetchRefused('redirect', undefined, statusCode)
      }
      return { status: statusCode, headers, body: await readAll(body, wish) }
    } catch (error) {
      throw refusalIn(error) ?? new FetchRefused(late.aborted ? 'timeout' : 'unreachable', error)
    }
  }

  /** The address, if it may be gone to as far as can be told without asking anybody. @throws FetchRefused */
  check(address: string): URL {
    const url = URL.parse(address)
    if (!url?.hostname) throw new FetchRefused('not-an-address')
    if (url.username !== '' || url.password !== '') throw new FetchRefused('credentials')
    if (this.#mayBePrivate(url) && /^https?:$/.test(url.protocol)) return url
    if (url.protocol !== 'https:') throw new FetchRefused('not-https')
    // It is on the list by another port: its name leads to a private address, which is not checked when it's looked up.
    if (this.#namesListed.has(url.hostname)) throw new FetchRefused('private-address')
    // The parser has spelled every notation of an IPv4 address (decimal, octal, hexadecimal, short) as the one it is.
    const literal = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(literal) !== 0 && !isPublicAddress(literal)) throw new FetchRefused('private-address')
    return url
  }

  /** Whether an address is one that the operator lets be private and plain http. */
  isListed(address: string): boolean {
    const url = URL.parse(address)
    return (
      url !== null &&
      /^https?:$/.test(url.protocol) &&
      url.search + url.hash === '' &&
      this.#mayBePrivate(url)
    )
  }

  close(): Promise<void> {
    return this.#agent.close()
  }

  #mayBePrivate({ host, hostname }: URL): boolean {
    return this.#privateHosts.has(host) || this.#privateHosts.has(hostname)
  }

  /** Between a name and its connection. Node leaves it out for an address written as a number; `check` has seen those. */
  readonly #lookup: LookupFunction = (name, options, done) => {
    // One that is listed by a port came here by that port: `check` has refused the others.
    if (this.#namesListed.has(name)) return systemLookup(name, options, done)
    void this.#answer(name, options.all === true, done)
  }

  async #answer(name: string, all: boolean, done: Parameters<LookupFunction>[2]): Promise<void> {
    const found = await this.#checked(name)
    if (found instanceof Error) return done(found, '')
    const [first] = found as [LookupAddress, ...LookupAddress[]]
    return all ? done(null, found) : done(null, first.address, first.family)
  }

  /** Every address of a name, at least one, all of them public; or why not. */
  async #checked(name: string): Promise<LookupAddress[] | Error> {
    try {
      const addresses = await this.#resolve(name)
      if (addresses.length === 0) return new FetchRefused('unreachable')
      // One private address among public ones is enough: nobody has it there for an honest reason.
      const allPublic = addresses.every(({ address }) => isPublicAddress(address))
      return allPublic ? addresses : new FetchRefused('private-address')
    } catch (error) {
      return error as Error
    }
  }
}

/**
 * By the nameservers themselves. The system's own lookup would read this machine's hosts file, and holds one of four
 * threads for as long as a foreign nameserver likes.
 */
async function resolvePublicly(name: string): Promise<LookupAddress[]> {
  const resolver = new dns.Resolver(DNS)
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  return [
    ...(four.status === 'fulfilled' ? four.value.map(address => ({ address, family: 4 })) : []),
    ...(six.status === 'fulfilled' ? six.value.map(address => ({ address, family: 6 })) : []),
  ]
}

async function readAll(
  body: AsyncIterable<Buffer> & { destroy(): unknown },
  { maxBytes, cut = false }: FetchWish,
): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    chunks.push(chunk)
    if (length <= maxBytes) continue
    if (!cut) throw new FetchRefused('too-large')
    // Whoever leaves an answer half read leaves its connection as well.
    break
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString('utf8')
}

function refusalIn(error: unknown): FetchRefused | undefined {
  if (error instanceof FetchRefused) return error
  const { cause } = (error ?? {}) as { cause?: unknown }
  return cause instanceof FetchRefused ? cause : undefined
}
