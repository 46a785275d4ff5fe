import type { Caller } from './world.js'

/** A mutation that must not be refused. */
// biome-ignore lint/suspicious/noExplicitAny: tests name the few fields they look at
export async function done(caller: Caller, mutation: string, input: object, selection = ''): Promise<any> {
  const payload = await caller.mutate(mutation, input, selection)
  if (payload.userErrors.length > 0) throw new Error(`${mutation}: ${JSON.stringify(payload.userErrors)}`)
  return payload
}
