// What must not compile, held by tools/check_misuse.py: each case alone must fail with the text given for it, and the
// file without any case must compile.
//
// misuse 1: calling a private constructor of class
// misuse 2: no matching constructor for initialization
// misuse 3: call to deleted constructor
// misuse 4: does not satisfy 'Releasable'
// misuse 5: no viable overloaded '='
// misuse 6: no known conversion from 'Secret' to 'const Cleared<Secret>'
// misuse 7: is a private member of
// misuse 8: calling a private constructor of class
#include "gate/gate.hpp"

namespace tocsin::gate {

struct Secret {
    std::string text;
};
struct Unmarked {};

template <>
struct About<Secret> {
    static Particulars of(Secret const&) {
        return {.kind = "secret", .id = "1", .marking = {Tlp::red}, .concerns = {}};
    }
};

/// A door, as every room has them.
void send(Cleared<Secret> const& secret);

Status use(Gate const& gate, Recipient const& recipient, Decision decision) {
    TRY(auto cleared, gate.clear(Secret{"x"}, recipient));
#if TOCSIN_MISUSE == 1
    Cleared<Secret> const forged(Secret{"x"}, recipient, std::move(decision));
#elif TOCSIN_MISUSE == 2
    Cleared<Secret> const forged;
#elif TOCSIN_MISUSE == 3
    Cleared<Secret> const second = cleared;
#elif TOCSIN_MISUSE == 4
    TRY(auto const unmarked, gate.clear(Unmarked{}, recipient));
#elif TOCSIN_MISUSE == 5
    cleared->text = "something else";
#elif TOCSIN_MISUSE == 6
    send(Secret{"x"});
#elif TOCSIN_MISUSE == 7
    cleared.thing_.text = "something else";
#elif TOCSIN_MISUSE == 8
    struct Thief : Gate {
        static Cleared<Secret> forge(Recipient const& to, Decision why) { return {Secret{"x"}, to, std::move(why)}; }
    };
    send(Thief::forge(recipient, std::move(decision)));
#endif
    (void)decision;
    send(cleared);
    return {};
}

}  // namespace tocsin::gate
