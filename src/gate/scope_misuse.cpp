// A right to read many things is made by the gate alone, for the sort of things it was asked for. See
// tools/check_misuse.py.
//
// misuse 1: calling a private constructor of class
// misuse 2: no matching constructor for initialization
// misuse 3: calling a private constructor of class
// misuse 4: no matching function for call to 'count'
// misuse 5: to 'const Scope<Secret>'
// misuse 6: calling a private constructor of class
// misuse 7: is a private member of
// misuse 8: no matching member function for call to 'scope'
#include "gate/gate.hpp"

namespace tocsin::gate {

struct Secret {};
struct Rumour {};
struct Unmarked {};

template <>
struct About<Secret> {
    static Particulars kind() { return {.kind = "secret"}; }
    static Particulars of(Secret const&) { return kind(); }
};
template <>
struct About<Rumour> {
    static Particulars kind() { return {.kind = "rumour", .is_for_the_concerned_only = false}; }
    static Particulars of(Rumour const&) { return kind(); }
};

/// A bulk reader, as every room has them.
int count(Scope<Secret> const& scope);

int use(Gate const& gate, Recipient const& recipient) {
    auto const scope = gate.scope<Secret>(recipient);
#if TOCSIN_MISUSE == 1
    Scope<Secret> const forged{Bounds(scope)};
#elif TOCSIN_MISUSE == 2
    Scope<Secret> const forged;
#elif TOCSIN_MISUSE == 3
    return count(Scope<Secret>::of_the_house(HouseWork{}));
#elif TOCSIN_MISUSE == 4
    return count();
#elif TOCSIN_MISUSE == 5
    return count(gate.scope<Rumour>(recipient));  // what may be had of rumours says nothing about secrets
#elif TOCSIN_MISUSE == 6
    struct Thief : Gate {
        static Scope<Secret> forge(Bounds bounds) { return Scope<Secret>(std::move(bounds)); }
    };
    return count(Thief::forge(scope));
#elif TOCSIN_MISUSE == 7
    auto wider = scope;
    wider.whose_.fill({.is_all_but = true});
#elif TOCSIN_MISUSE == 8
    (void)gate.scope<Unmarked>(recipient);
#endif
    return count(scope);
}

}  // namespace tocsin::gate
