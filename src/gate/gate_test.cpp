#include "gate/test_world.hpp"

#include <gtest/gtest.h>

namespace tocsin::gate {
namespace {

/// A thing to clear: a list of lines, each about one organisation.
struct Letter {
    Particulars about;
    std::vector<Particulars> lines;
};

}  // namespace

template <>
struct About<Letter> {
    static Particulars of(Letter const& letter) { return letter.about; }
    static std::vector<Particulars> parts(Letter const& letter) { return letter.lines; }
    static Letter without(Letter letter, std::span<std::size_t const> gone) {
        for (std::size_t i = gone.size(); i > 0; --i)
            letter.lines.erase(letter.lines.begin() + static_cast<std::ptrdiff_t>(gone[i - 1]));
        return letter;
    }
};

namespace {

TEST(Gate, ClearsAThingWithItsRecipientAndMarking) {
    Gate const gate(is_within);
    auto const cleared = gate.clear(Note{finding(Tlp::amber, {bank})}, Recipient::constituent(bank, "First Bank"));
    ASSERT_TRUE(cleared);
    EXPECT_EQ((*cleared)->about.id, "7");
    EXPECT_EQ(cleared->recipient().reference(), "organisation:2");
    EXPECT_EQ(cleared->marking().tlp, Tlp::amber);
    auto const refused = gate.clear(Note{finding(Tlp::amber, {bank})}, Recipient::constituent(shop, "Shop"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::denied);
    EXPECT_EQ(refused.error().message,
              "finding 7 (TLP:AMBER) may not go to organisation:4: It is about somebody else.");
}

TEST(Gate, LeavesOutThePartsThatAreNotForTheRecipient) {
    Gate const gate(is_within);
    auto const line = [](std::string id, Tlp tlp, OrganisationId about) {
        auto part = finding(tlp, {about});
        part.id = std::move(id);
        return part;
    };
    Letter const letter{finding(Tlp::green, {bank}),
                        {line("a", Tlp::green, bank), line("b", Tlp::amber, shop), line("c", Tlp::amber, branch),
                         line("d", Tlp::red, bank)}};
    auto const cleared = gate.clear(letter, Recipient::constituent(bank, "First Bank"));
    ASSERT_TRUE(cleared);
    ASSERT_EQ((*cleared)->lines.size(), 2U);
    EXPECT_EQ((*cleared)->lines[1].id, "c");
    EXPECT_EQ(cleared->marking().tlp, Tlp::amber) << "the strictest that stays";
    ASSERT_EQ(cleared->decision().removed.size(), 2U);
    EXPECT_EQ(cleared->decision().removed[0].id, "b");
    EXPECT_EQ(cleared->decision().removed[1].reason, Reason::not_named);
    Letter const others{finding(Tlp::green, {bank}), {line("b", Tlp::amber, shop)}};
    EXPECT_EQ(gate.explain(others, Recipient::constituent(bank, "First Bank")).reason, Reason::nothing_left);
}

TEST(Gate, SiftsManyAtOnce) {
    Gate const gate(is_within);
    auto const sifted = gate.sift(std::vector{Note{finding(Tlp::amber, {bank})}, Note{finding(Tlp::amber, {shop})}},
                                  Recipient::constituent(bank, "First Bank"));
    EXPECT_EQ(sifted.cleared.size(), 1U);
    ASSERT_EQ(sifted.removed.size(), 1U);
    EXPECT_EQ(sifted.removed[0].reason, Reason::not_concerned);
}

}  // namespace
}  // namespace tocsin::gate
