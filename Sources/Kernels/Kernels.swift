/// Inner loops over raw buffers: the only code that is compiled without checks of bounds and of overflow.
///
/// Every function works on buffers that its caller owns and on indices that its caller has proved to lie inside them: they come from counting
/// (`Recommend`) or from a model file whose loader has checked each of them. Nothing here reads what somebody else wrote, calls back, allocates
/// or keeps a pointer. A call is a whole loop, because it crosses a module and is not inlined.
package enum Kernels {}
