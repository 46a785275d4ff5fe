import jwt from 'jsonwebtoken'
import { expect, it, vi } from 'vitest'
import { World } from '../kit/world.js'

it("a token's signature is checked once, however often it comes and whatever else changes in the directory", async () => {
  const world = await World.forTest()
  const provider = await world.provider()
  const [one, other] = [await provider.staff('AGENT'), await provider.staff('AGENT')]
  const checked = vi.spyOn(jwt, 'verify')
  try {
    for (let times = 0; times < 3; times += 1)
      for (const caller of [one, other]) await caller.ask('{ viewer { id } }')
    expect(checked).toHaveBeenCalledTimes(2)
    await world.provider()
    await new Promise(resolve => setTimeout(resolve, 600))
    for (const caller of [one, other]) await caller.ask('{ viewer { id } }')
    expect(checked).toHaveBeenCalledTimes(2)
  } finally {
    checked.mockRestore()
  }
})
