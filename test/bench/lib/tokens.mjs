import { layFoundations } from '../../../dist/src/main.js'
import { readConfig } from '../../../dist/src/platform/config.js'
import { issueToken } from '../../../dist/src/token.js'
import { slugOf } from './datasets.mjs'

/** A real token of a tenant, by its slug. */
export async function tokenOf(env, tenant, wish) {
  const base = await layFoundations(readConfig(env))
  try {
    return await issueToken(base, { tenant, ttl: 43_200, ...wish })
  } finally {
    await base.close()
  }
}

/** Real tokens, one of each tenant's staff, and the public key by which a contestant checks them. */
export async function tokensOf(env, tenants, wish = { role: ['ADMIN'] }) {
  const base = await layFoundations(readConfig(env))
  try {
    const tokens = []
    for (let n = 1; n <= tenants; n++)
      tokens.push(await issueToken(base, { tenant: slugOf(n), ttl: 43_200, ...wish }))
    const { publicKey } = await base.directory.signingKey()
    return { tokens, publicKey: publicKey.export({ format: 'pem', type: 'spki' }) }
  } finally {
    await base.close()
  }
}
