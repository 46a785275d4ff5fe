import type { ActingAs, Operator } from './operator.js'

/** Somebody of the demo at work: what they do, they do through the public API, each act under a fixed idempotency key. */
export class DemoHand {
  readonly #operator: Operator
  readonly #as: ActingAs

  constructor(operator: Operator, as: ActingAs) {
    this.#operator = operator
    this.#as = as
  }

  get tenantId(): string {
    return this.#as.tenant.id
  }

  /** The same tenant, somebody else. */
  other(as: Partial<ActingAs>): DemoHand {
    return new DemoHand(this.#operator, { ...this.#as, ...as })
  }

  /** `key` names the act within its mutation; answers what `field` of the payload shows of `selection`. */
  async act<Shown = { id: string }>(
    mutation: string,
    key: string,
    input: object,
    field: string,
    selection = 'id',
  ): Promise<Shown> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`
    const data = await this.#operator.run<Record<string, Payload>>(
      this.#as,
      `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${field} { ${selection} } userErrors { code field } } }`,
      { input: { idempotencyKey: `demo ${key}`, ...input } },
    )
    const { userErrors, ...payload } = data[mutation] as Payload
    const shown = payload[field]
    if (shown) return shown as Shown
    const why = userErrors.map(error => `${error.code} ${error.field?.join('.') ?? ''}`).join(', ')
    throw new Error(`the demo could not be loaded: ${mutation} answered ${why}`)
  }

  ask<Data extends object>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    return this.#operator.run<Data>(this.#as, query, variables)
  }
}

interface Payload {
  userErrors: { code: string; field: string[] | null }[]
  [field: string]: unknown
}
