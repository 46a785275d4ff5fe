import { addMessages } from '../platform/language.js'

addMessages({
  PRICE_CURRENCY: {
    en: 'The amount is in another currency than the price.',
    'zh-CN': '金额币种与违约金币种不一致。',
  },
  FORECAST_SPAN: {
    en: 'A forecast looks from a second to {max} days ahead.',
    'zh-CN': '预测范围为 1 秒至 {max} 天。',
  },
  FORECAST_PAUSED: {
    en: 'At most {max} clocks may be taken to stand still.',
    'zh-CN': '最多可假定 {max} 个时钟暂停。',
  },
  OTHERS_DUTY: {
    en: 'This clause binds the other side: name that one, or leave it out.',
    'zh-CN': '该条款约束另一方，请改为另一方或留空。',
  },
  CURED_BY_DOING: {
    en: 'Its clock still runs: it is made good by doing what is owed, or by the word of the side it is owed to.',
    'zh-CN': '其时限仍在计算，应通过履行义务或由权利方确认予以补救。',
  },
  CURED_BY_PAYMENT: {
    en: 'A late payment is made good by the payment itself: record that.',
    'zh-CN': '逾期付款以款项到账为补救，请登记付款。',
  },
  DECIDED_OR_PAID: {
    en: 'Its breach was upheld by a decision, or paid for: the side that owed it undoes neither by a fact of its own.',
    'zh-CN': '该违约已由裁决认定或已赔付，责任方不得自行更正事实予以推翻。',
  },
  NO_LOSS_CLAIM: { en: 'No loss is claimed.', 'zh-CN': '尚无损失主张。' },
  BEFORE_IN_FORCE: {
    en: 'No version was in force at that time.',
    'zh-CN': '该时间点没有生效的协议版本。',
  },
})
