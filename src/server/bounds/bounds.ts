import type { FastifyReply } from 'fastify'
import { type DocumentNode, GraphQLError, type GraphQLSchema, type OperationDefinitionNode } from 'graphql'
import type { Caller } from '../../tenancy/index.js'
import { type AllowanceSettings, Allowances, DEFAULT_ALLOWANCES, takeAll } from './allowances.js'
import { Bill } from './bill.js'
import { type CostPlan, planCost, type Variables, withDefaults } from './cost-plan.js'
import { Documents } from './documents.js'
import { requireShortLists } from './short-lists.js'

/** What holds every operation within bounds, the same over HTTP, WebSocket and SSE. One for a process. */
export class Bounds {
  readonly #documents = new Documents()
  readonly #schema: GraphQLSchema
  readonly #allowances: Allowances
  readonly #plans = new WeakMap<OperationDefinitionNode, CostPlan>()

  constructor(schema: GraphQLSchema, settings: Partial<AllowanceSettings> = {}) {
    this.#schema = schema
    this.#allowances = new Allowances({ ...DEFAULT_ALLOWANCES, ...settings })
  }

  /**
   * The document, once it and its variables are known to be within bounds; nothing was validated yet. Throws an
   * {@link OutOfBounds}, or a GraphQLError with its code for what is no GraphQL.
   */
  read(query: string, variables: Variables | null | undefined): DocumentNode {
    const document = this.#documents.read(query)
    requireShortLists(variables)
    return document
  }

  /** As {@link read}, for a path on which Apollo says what isn't GraphQL: null then. */
  readGraphql(query: string, variables?: Variables): DocumentNode | null {
    try {
      return this.read(query, variables)
    } catch (error) {
      if (error instanceof GraphQLError) return null
      throw error
    }
  }

  /** Counts a request, which is told in an answer's headers when there is one. Throws RATE_LIMITED. */
  count(caller: Caller, reply?: FastifyReply): void {
    const allowance = this.#allowances.of(caller)
    try {
      takeAll(allowance.requests, 1)
    } finally {
      if (reply) void reply.headers(this.#allowances.headers(allowance))
    }
  }

  /** Throws RATE_LIMITED for an address or a client of which too much was refused. */
  requireTrust(whose: string): void {
    this.#allowances.requireTrust(whose)
  }

  refused(whose: string): void {
    this.#allowances.refused(whose)
  }

  /** The bill of a valid operation; of what never became one without `asked`. */
  bill(
    caller: Caller,
    asked: { document: DocumentNode; operation: OperationDefinitionNode; variables: Variables } | null,
  ): Bill {
    const plan = asked && this.#planOf(asked.document, asked.operation)
    return new Bill(this.#allowances.of(caller), plan, asked ? withDefaults(asked) : {})
  }

  #planOf(document: DocumentNode, operation: OperationDefinitionNode): CostPlan {
    let plan = this.#plans.get(operation)
    if (!plan) {
      plan = planCost(this.#schema, document, operation)
      this.#plans.set(operation, plan)
    }
    return plan
  }
}
