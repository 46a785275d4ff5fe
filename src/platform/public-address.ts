import ipaddr from 'ipaddr.js'

/** The part of IPv6 that is given out for global use (RFC 4291, 2.4). Everything public lies in it, old embeddings of IPv4 don't. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** Within it: IETF protocol assignments (Teredo among them), documentation, 6to4, which leads to any IPv4 address. */
const NOT_PUBLIC = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'].map(range =>
  ipaddr.IPv6.parseCIDR(range),
)

/**
 * Whether an address is somebody's on the public net, and reached without our own: no loopback, private, link-local
 * (where clouds keep their metadata), shared, multicast, reserved or documentation address, and none that carries
 * another one inside (IPv4-mapped, NAT64, 6to4, Teredo).
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  if (parsed instanceof ipaddr.IPv4) return ipaddr.IPv4.isValidFourPartDecimal(address)
  return parsed.match(GLOBAL_UNICAST) && !NOT_PUBLIC.some(range => parsed.match(range))
}
