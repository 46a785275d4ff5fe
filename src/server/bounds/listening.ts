import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Failure } from '../../platform/failure.js'
import type { Bounds } from './bounds.js'

/**
 * `/oauth/token` hears an address so often and no more, whatever it says: secrets are guessed there. In the form of its own
 * errors (RFC 6749, 5.2), which has no code for it.
 */
export function boundTokenEndpoint(http: FastifyInstance, bounds: Bounds): void {
  http.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url !== '/oauth/token') return
    try {
      bounds.requireTrust(tokensOf(request))
      bounds.refused(tokensOf(request))
    } catch (error) {
      return tooOften(error, reply)
    }
  })
}

const tokensOf = ({ ip }: FastifyRequest): string => `/oauth/token ${ip}`

function tooOften(error: unknown, reply: FastifyReply): FastifyReply {
  const { retryAfterSeconds = 1 } = error as Failure
  return reply
    .code(429)
    .header('retry-after', String(retryAfterSeconds))
    .send({ error: 'temporarily_unavailable', error_description: 'Too many requests: come back later.' })
}

/** Looks who calls, over whatever, unless too many tokens from the same address were refused lately: nobody guesses one. */
export async function listenTo<T>(
  { address, sentToken }: { address: string; sentToken: boolean },
  bounds: Bounds,
  admit: () => Promise<T>,
): Promise<T> {
  bounds.requireTrust(address)
  try {
    return await admit()
  } catch (error) {
    if (sentToken && error instanceof Failure && error.code === 'UNAUTHENTICATED') bounds.refused(address)
    throw error
  }
}
