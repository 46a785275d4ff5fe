import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, findChromium, NO_CHROMIUM, openBrowser } from '../kit/chromium.js'
import { type Caller, type Customer, World } from '../kit/world.js'

const program = findChromium()
/** Where to leave pictures for people's eyes, if anywhere. */
const pictures = process.env.SURETY_TEST_PICTURES
const title = `the editor in a browser${program === null ? ` (${NO_CHROMIUM})` : ''}`

describe.skipIf(program === null)(title, () => {
  let world: World
  let customer: Customer
  let admin: Caller
  let browser: Browser
  beforeAll(async () => {
    world = await World.create()
    const provider = await world.provider()
    admin = await provider.admin()
    customer = await provider.customer('C-7', '远航物流有限公司')
    await customer.agreement()
    browser = await openBrowser(program as string)
  })
  afterAll(async () => {
    await browser?.close()
    await world.close()
  })

  it('takes a token once, then asks, subscribes and shows the schema, and reaches no other server', async () => {
    const page = await browser.context.newPage()
    const complaints: string[] = []
    page.on('console', message => {
      // Before it has a token the editor asks for the schema in vain.
      if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text())
    })
    page.on('pageerror', error => complaints.push(error.message))
    const sockets: string[] = []
    page.on('websocket', socket => sockets.push(socket.url()))
    const picture = async (name: string): Promise<void> => {
      if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` })
    }
    await page.goto(`${world.address}/graphql`)
    await page.getByText('npm run -s token').waitFor()
    await picture('1-opened')

    await page.getByText('No environment', { exact: true }).click()
    await page.getByText('Environments...', { exact: true }).click()
    await page.locator('.ant-modal .cm-content').click()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.insertText(JSON.stringify({ token: admin.token }))
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.ant-modal').waitFor({ state: 'detached' })

    await page.getByText('(Send query Agreements)').click()
    await page.getByText('远航物流有限公司').first().waitFor()
    await picture('2-answer')

    await page.locator('[track-id="reload_docs"]').click()
    await page.getByRole('button', { name: 'Docs' }).click()
    await page.locator('app-doc-viewer').getByText('@discloses').waitFor()
    await picture('3-docs')

    await page.getByText('(Send subscription Events)').click()
    // When the subscription has begun the page doesn't say: something happens until it shows.
    const happening = setInterval(() => void customer.draft(), 1_000)
    await page
      .getByText('AGREEMENT_DRAFTED')
      .first()
      .waitFor()
      .finally(() => clearInterval(happening))
    await picture('4-subscription')
    expect(sockets).toEqual([`${world.address.replace('http', 'ws')}/graphql`])

    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    )
    expect(kept).not.toContain(admin.token.slice(0, 20))
    expect(complaints).toEqual([])
    expect(browser.strangers).toEqual([])
  }, 60_000)
})
