import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { newUuid } from '../platform/ids.js'
import { languageOf } from '../platform/language.js'
import { type FileAnswer, type FileDoor, FileRefused, Request } from '../tenancy/index.js'
import type { AdmissionParts } from './admission.js'
import { RequestRefused } from './http-request.js'

/** When a file can't be taken for now, in seconds: about as long as the others take that are coming in. */
const RETRY_SECONDS = 5

/** `PUT` and `GET /files/<link>`: bytes of any kind, by sealed links and without a token. A link is longer than a named part of a path may be. */
export async function addFiles(http: FastifyInstance, files: FileDoor, parts: AdmissionParts): Promise<void> {
  await http.register(async scope => {
    scope.removeAllContentTypeParsers()
    // The bytes as they come: the room counts them, and what they are called says nothing.
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.put<{ Params: { '*': string } }>('/files/*', async (request, reply) => {
      const length = request.headers['content-length']
      const bytes = (request.body ?? []) as AsyncIterable<Buffer>
      await asRefusal(files.put(request.params['*'], { length: length ? Number(length) : null, bytes }))
      return reply.code(204).send()
    })
    scope.get<{ Params: { '*': string } }>('/files/*', { exposeHeadRoute: false }, async (request, reply) => {
      const language = languageOf(request.headers['accept-language'])
      const { database, seals, gate, access, directory } = parts
      const { ownIssuer, outside } = directory
      const found = files.get(request.params['*'], async caller => {
        const id = newUuid()
        const own = new Request({ id, caller, language, database, seals, gate, access, ownIssuer, outside })
        await own.admit()
        return own
      })
      return send(reply, await asRefusal(found))
    })
  })
}

/** Never shown in the page's own place: whatever it says it is, somebody else wrote it. */
function send(reply: FastifyReply, { fileName, contentType, byteSize, bytes }: FileAnswer): FastifyReply {
  const name = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    character => `%${character.charCodeAt(0).toString(16)}`,
  )
  return reply
    .type(contentType)
    .header('content-length', byteSize)
    .header('content-disposition', `attachment; filename*=UTF-8''${name}`)
    .header('content-security-policy', "default-src 'none'; sandbox")
    .send(Readable.from(bytes))
}

async function asRefusal<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error
    const headers: Record<string, string> =
      error.status === 503 ? { 'retry-after': String(RETRY_SECONDS) } : {}
    throw new RequestRefused(error.status, error.messageKey, { headers })
  }
}
