const WIDTH = 760
const LABEL = 270
const ROW = 34
const TOP = 56

const escape = text => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** Lying bars with the range of the rounds as a whisker: enough to be read at a glance, in a light page and a dark one. */
export function chart(title, { unit, bars }) {
  const most = Math.max(...bars.map(bar => bar.max))
  const scale = value => (value / most) * (WIDTH - LABEL - 90)
  const height = TOP + bars.length * ROW + 16
  const rows = [...bars]
    .sort((a, b) => b.median - a.median)
    .map(({ label, median, min, max, own }, index) => {
      const y = TOP + index * ROW
      const middle = y + 11
      return `
  <text x="${LABEL - 10}" y="${y + 15}" text-anchor="end"${own ? ' font-weight="bold"' : ''}>${escape(label)}</text>
  <rect x="${LABEL}" y="${y}" width="${scale(median).toFixed(1)}" height="22" rx="3" fill="${own ? '#2563eb' : '#94a3b8'}"/>
  <path d="M${(LABEL + scale(min)).toFixed(1)} ${middle}H${(LABEL + scale(max)).toFixed(1)}" stroke="#0f172a" stroke-width="1.5"/>
  <text x="${(LABEL + scale(max) + 8).toFixed(1)}" y="${y + 15}">${median >= 100 ? median.toFixed(0) : median.toFixed(2)}</text>`
    })
    .join('')
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="#0f172a">
  <title>${escape(title)}</title>
  <rect width="${WIDTH}" height="${height}" rx="8" fill="#ffffff"/>
  <text x="16" y="24" font-size="15" font-weight="bold">${escape(title)}</text>
  <text x="16" y="43" fill="#475569">${escape(unit)}, median; the line is the range of the rounds</text>${rows}
</svg>
`
}
