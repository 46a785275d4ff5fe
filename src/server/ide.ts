import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Negotiator from 'negotiator'
import { RequestRefused } from './http-request.js'
import { pageScript } from './ide-script.js'

/** Ours among its files. */
const OWN_SCRIPT = 'surety.js'
/** What a browser opens `/graphql` with: it wants a page first, and JSON if need be. */
const PAGE = 'text/html'
/** The address has the version in it: what was fetched once is never asked for again. */
const FOR_EVER = 'public, max-age=31536000, immutable'
/** Frames for scripts before and after a request, which the policy below doesn't let in. */
const LEFT_OUT = 'iframe-sandbox'

/**
 * The page talks to this server alone, runs no script but its own files, and is in nobody's frame. Its framework and its
 * editor write style elements as they go, which can't be told beforehand: styles, and nothing else, may be inline.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.eot': 'application/vnd.ms-fontobject',
}
/** The others are packed already. */
const PACKED_WELL = new Set(['.js', '.css', '.json', '.svg', '.ttf', '.eot'])

/** The editor in the browser: Altair's own files from this server, so that it works where no other is reached. */
export class Ide {
  /** Of Altair's files and of our own script: another one has other addresses. */
  readonly #version: string
  readonly #folder: string
  readonly #page: string
  readonly #script = pageScript()
  #files: ReadonlySet<string> | null = null
  readonly #packed = new Map<string, Promise<Buffer>>()

  constructor() {
    const entry = createRequire(import.meta.url).resolve('altair-static')
    this.#folder = join(dirname(entry), 'dist')
    const html = readFileSync(join(this.#folder, 'index.html'), 'utf8')
    this.#version = createHash('sha256').update(html).update(this.#script).digest('hex').slice(0, 16)
    // Relative to the page, which may stand behind a proxy under another path.
    this.#page = html
      .replace('<title>Altair</title>', '<title>Surety</title>')
      .replace(/<base [^>]*>/, `<base href="ide/${this.#version}/" />`)
      .replace('</body>', `<script type="module" src="${OWN_SCRIPT}"></script></body>`)
  }

  /** Serves its files, and itself at `/graphql` to whoever asks there for a page and not for an answer. */
  addTo(http: FastifyInstance): void {
    http.get<{ Params: { version: string; '*': string } }>('/ide/:version/*', async (request, reply) => {
      const { version, '*': file } = request.params
      if (version !== this.#version) throw new RequestRefused(404, 'NO_SUCH_ADDRESS')
      return this.#send(file, request, reply)
    })
    http.addHook('onRequest', async (request, reply) => {
      if (wantsPage(request)) return this.#open(request, reply)
    })
  }

  #open(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const tag = `"${this.#version}"`
    void reply.headers({
      'cache-control': 'no-cache',
      etag: tag,
      'content-security-policy': POLICY,
      'referrer-policy': 'no-referrer',
    })
    if (request.headers['if-none-match'] === tag) return reply.code(304).send()
    return reply.type(`${PAGE}; charset=utf-8`).send(this.#page)
  }

  async #send(file: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    // From the list of what is there, so that no address leads out of the folder.
    this.#files ??= filesIn(this.#folder)
    if (file !== OWN_SCRIPT && !this.#files.has(file)) throw new RequestRefused(404, 'NO_SUCH_ADDRESS')
    const extension = extname(file)
    const packs =
      PACKED_WELL.has(extension) && new Negotiator(request).encoding(['gzip', 'identity']) === 'gzip'
    const bytes = await (packs ? this.#pack(file) : this.#read(file))
    if (packs) void reply.header('content-encoding', 'gzip')
    return reply
      .headers({ 'cache-control': FOR_EVER, vary: 'accept-encoding' })
      .type(TYPES[extension] ?? 'application/octet-stream')
      .send(bytes)
  }

  async #read(file: string): Promise<Buffer> {
    return file === OWN_SCRIPT ? Buffer.from(this.#script) : readFile(join(this.#folder, file))
  }

  /** Packed once in a process: a tenth of a second for the largest, in a thread of its own. */
  #pack(file: string): Promise<Buffer> {
    const packed = this.#packed.get(file) ?? this.#read(file).then(bytes => promisify(gzip)(bytes))
    this.#packed.set(file, packed)
    return packed
  }
}

function wantsPage(request: FastifyRequest): boolean {
  if (request.method !== 'GET' || request.routeOptions.url !== '/graphql' || request.headers.upgrade)
    return false
  // A question in the address wants its answer.
  if (new URLSearchParams(request.url.split('?')[1]).has('query')) return false
  const wanted = new Negotiator(request).mediaType([
    'application/json',
    'application/graphql-response+json',
    'text/event-stream',
    PAGE,
  ])
  return wanted === PAGE
}

function filesIn(folder: string): ReadonlySet<string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const names = entries
    .filter(entry => entry.isFile())
    .map(entry => relative(folder, join(entry.parentPath, entry.name)))
  return new Set(names.filter(name => !name.startsWith(LEFT_OUT)))
}
