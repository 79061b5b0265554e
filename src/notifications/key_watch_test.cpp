#include "notifications/key_watch.hpp"

#include "notifications/test_house.hpp"

namespace tocsin::notifications {
namespace {

TEST(KeyWatch, KnowsWhichKeysEndWhoseTheyAreAndAsksOnce) {
    TestHouse house;
    auto const power = house.organisation("Power");
    auto const work = house.path / "test-work";
    auto const secret = net::make_openpgp_key({"Abuse", "abuse@power.example"}, 1, work);
    ASSERT_TRUE(secret) << secret.error().message;
    auto const key = net::public_half({.openpgp = *secret}, net::SealKind::openpgp, system_clock().now(), work);
    ASSERT_TRUE(key);
    constituency::ContactDraft draft;
    draft.organisation = {power};
    draft.email = "abuse@power.example";
    draft.public_key = key->text;
    auto const contact = house.people->directory().add(draft, access::command_principal());
    ASSERT_TRUE(contact);
    KeyWatch watch(*house.ledger, *house.people, house.clock, house.path);
    EXPECT_TRUE(watch.ending(std::chrono::days(3650)).empty()) << "nobody has looked yet";
    EXPECT_TRUE(watch.look([] { return true; })) << "broken off before the first key";
    EXPECT_TRUE(watch.ending(std::chrono::days(3650)).empty());
    ASSERT_TRUE(watch.look());
    house.clock.set(*key->expires - std::chrono::days(31));
    EXPECT_TRUE(watch.ending(std::chrono::days(30)).empty());
    house.clock.set(*key->expires - std::chrono::days(29));
    ASSERT_EQ(watch.ending(std::chrono::days(30)).size(), 1U);
    house.clock.set(*key->expires + std::chrono::days(500));
    auto const ended = watch.ending(std::chrono::days(30));
    ASSERT_EQ(ended.size(), 1U) << "one that has ended stays due";
    EXPECT_EQ(ended[0].contact, contact->id);
    EXPECT_EQ(ended[0].organisation_name, "Power");
    EXPECT_EQ(ended[0].fingerprint, key->fingerprint);
    ASSERT_TRUE(house.people->directory().remove(contact->id, contact->version, access::command_principal()));
    ASSERT_TRUE(watch.look());
    EXPECT_TRUE(watch.ending(std::chrono::days(30)).empty());
    MailKeys keys(*house.ledger, house.clock, house.path);
    ASSERT_TRUE(keys.make({"CIRT", "cirt@cirt.example"}, 1, false, access::command_principal()));
    ASSERT_TRUE(watch.look());
    ASSERT_EQ(watch.ending(std::chrono::days(400)).size(), 1U);
    EXPECT_FALSE(watch.ending(std::chrono::days(400))[0].contact) << "ours";
}

}  // namespace
}  // namespace tocsin::notifications
