import type { Caller } from '../world.js'

/** A mutation that must not be refused. */
// biome-ignore lint/suspicious/noExplicitAny: the filling names the few fields it looks at
export async function done(caller: Caller, mutation: string, selection: string, input: object): Promise<any> {
  const payload = await caller.mutate(mutation, input, selection)
  if (payload.userErrors.length > 0) throw new Error(`${mutation}: ${JSON.stringify(payload.userErrors)}`)
  return payload
}
