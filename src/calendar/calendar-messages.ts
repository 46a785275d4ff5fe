import { addMessages } from '../platform/language.js'

addMessages({
  ENDS_BEFORE_START: { en: 'It ends before it begins.', 'zh-CN': '结束早于开始。' },
  CALENDAR_TOO_LONG: {
    en: 'One version publishes at most {max} days: say the rest in another.',
    'zh-CN': '一个版本最多公布 {max} 天,其余请另行公布。',
  },
  DAY_OF_BOTH_KINDS: {
    en: 'A day is a rest day or is worked, not both.',
    'zh-CN': '同一天不能既是休息日又是工作日。',
  },
  DAY_NOT_PUBLISHED: {
    en: 'This day is outside of the days that are published.',
    'zh-CN': '该日不在公布的期间内。',
  },
  TIME_OF_DAY: {
    en: 'A time of day is written HH:MM, from 00:00 to 23:59.',
    'zh-CN': '时刻应写作 HH:MM,自 00:00 至 23:59。',
  },
  WINDOW_TOO_SHORT: {
    en: 'A service window closes on the same day, at least an hour after it opens.',
    'zh-CN': '服务时间应于同日结束,且至少一小时。',
  },
  WEEKEND_DAYS: {
    en: 'It takes up to six different days of the week, 1 (Monday) to 7 (Sunday).',
    'zh-CN': '应为至多六个不同的星期数,1(星期一)至 7(星期日)。',
  },
})
