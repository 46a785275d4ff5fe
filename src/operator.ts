import { graphql, type GraphQLSchema } from 'graphql'
import type { Foundations } from './main.js'
import { newUuid } from './platform/ids.js'
import { type Caller, type DirectoryTenant, Request } from './tenancy/index.js'
import { accessTable, disclosureGate } from './rooms.js'

/** Whom an operator's command acts for, within a tenant: the same walls and permissions as any caller's. */
export interface ActingAs {
  tenant: DirectoryTenant
  /** Names the command in the journal. */
  subject: string
  kind?: 'staff' | 'customer'
  roles?: Caller['roles']
  customerId?: string
}

/** Runs an operation of the public API from the terminal, without a token: whoever holds the database's login may. */
export class Operator {
  readonly #schema: GraphQLSchema
  readonly #base: Foundations

  constructor(schema: GraphQLSchema, base: Foundations) {
    this.#schema = schema
    this.#base = base
  }

  async run<Data extends object>(
    as: ActingAs,
    source: string,
    variables: Record<string, unknown> = {},
  ): Promise<Data> {
    const request = new Request({
      id: newUuid(),
      caller: callerOf(as, this.#base.directory.ownIssuer),
      language: 'en',
      database: this.#base.database,
      seals: this.#base.seals,
      gate: disclosureGate(this.#base.database),
      access: accessTable,
      ownIssuer: this.#base.directory.ownIssuer,
      outside: this.#base.directory.outside,
    })
    await request.admit()
    try {
      const { data, errors } = await graphql({
        schema: this.#schema,
        source,
        variableValues: variables,
        contextValue: { request },
      })
      if (errors?.[0]) throw errors[0].originalError ?? errors[0]
      return data as Data
    } finally {
      request.close()
    }
  }
}

/** How long a command of an operator may act; none takes so long. */
const COMMAND_MS = 60 * 60 * 1000

function callerOf(as: ActingAs, issuer: string): Caller {
  return {
    kind: as.kind ?? 'staff',
    tenantId: as.tenant.id,
    tenantSlug: as.tenant.slug,
    customerId: as.customerId ?? null,
    appId: null,
    issuer,
    subject: as.subject,
    tokenId: null,
    roles: as.roles ?? ['ADMIN'],
    scopes: [],
    purpose: null,
    expiresAt: new Date(Date.now() + COMMAND_MS),
  }
}
