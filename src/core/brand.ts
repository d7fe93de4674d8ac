/**
 * Nominal types over strings. A branded value is made only by the `parseX` function of its own file, so holding
 * one means that the check has been done.
 */
declare const brand: unique symbol;
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
