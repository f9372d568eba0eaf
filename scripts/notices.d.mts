export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}
/** Every package that is shipped, with its licence. @throws for a licence that does not let it be shipped */
export function shippedPackages(): readonly ShippedPackage[];
/** The text that goes with a package. */
export function thirdPartyNotices(): string;
