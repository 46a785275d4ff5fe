import type { FastifyReply, FastifyRequest } from 'fastify'

/** Public documents may be kept for five minutes: a new key or schema is then seen soon enough. */
export const PUBLIC = 'public, max-age=300'

/** What every answer carries. */
export function setCommonHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.header('request-id', request.id)
  if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'private, no-store')
  void reply.header('x-content-type-options', 'nosniff')
  if (String(reply.getHeader('cache-control')).startsWith('public')) return
  const vary = ['accept', 'accept-language', 'authorization', String(reply.getHeader('vary') ?? '')]
  void reply.header('vary', vary.filter(Boolean).join(', '))
}
