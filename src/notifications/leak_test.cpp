#include "formats/formats.hpp"
#include "notifications/rules.hpp"
#include "notifications/test_house.hpp"

#include <cstdlib>
#include <map>
#include <set>

/// Nothing leaks by mail or by the owner's page, and nothing is missing: invented worlds of organisations, contacts and
/// marked findings are warned, and what came out of each door is held against a statement of the rules that knows
/// nothing of the gate's code.
///
/// A case is one question about one finding in one message through one door. TOCSIN_LEAK_CASES says how many (some
/// thousands if it does not), TOCSIN_LEAK_SEED which.
namespace tocsin::notifications {
namespace {

std::int64_t environment(char const* name, std::int64_t otherwise) {
    char const* const text = std::getenv(name);
    return text == nullptr ? otherwise : parse_int(text).value_or(otherwise);
}

constexpr std::size_t organisations = 5;
constexpr std::array<std::string_view, 7> markings{"CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED", "", "no marking"};

class World {
  public:
    explicit World(std::uint64_t seed) : random_(seed) {
        for (std::size_t i = 1; i <= organisations; ++i) {
            auto const parent = i > 1 && random_.chance(0.6) ? static_cast<std::int64_t>(1 + random_.below(i - 1)) : 0;
            auto const id = house_.organisation(fmt::format("Owner {}", i), random_.chance(0.5) ? "en" : "ar", parent);
            parent_[id] = parent;
            if (random_.chance(0.7)) {
                has_contact_.insert(id);
                house_.contact(id, fmt::format("abuse@owner{}.example", i));
            }
            ids_.push_back(id);
        }
        auto const count = 1 + static_cast<int>(random_.below(24));
        for (int i = 1; i <= count; ++i) {
            auto made = finding(ids_[random_.below(ids_.size())], i);
            made.tlp = markings[random_.below(markings.size())];
            made.domain = fmt::format("d{}x.example", i);
            made.identifier = random_.chance(0.5) ? "open-telnet" : "open-rdp";
            house_.findings.push_back(made);
        }
        if (random_.chance(0.5)) attach_all();
    }

    /// Asks every message through every door; gives how many questions it were.
    std::int64_t ask() {
        auto const plan = house_.plan();
        std::map<std::int64_t, std::set<std::string>> told;  ///< by owner
        for (auto const& notification : house_.all()) {
            ask_about(notification);
            for (auto const& line : must(house_.room->show(notification.id)).lines)
                told[notification.organisation].insert(line.finding);
        }
        for (auto const& one : house_.findings) {
            ++asked_;
            auto const recipient = recipient_of(one.organisation);
            bool const is_due = recipient != 0 && may_have(recipient, one);
            EXPECT_EQ(told[one.organisation].contains(one.id), is_due)
                << one.tlp << " of " << one.organisation << " for " << recipient;
        }
        ask_strangers();
        return asked_;
    }

  private:
    template <class T>
    static T must(Result<T> result) {
        EXPECT_TRUE(result) << (result ? "" : result.error().message);
        if (!result) std::abort();
        return *std::move(result);
    }

    /// Every format; some organisations are peers.
    void attach_all() {
        for (auto const id : ids_)
            if (random_.chance(0.6)) clearances_[id] = static_cast<gate::Tlp>(random_.below(5));
        auto& rules = house_.room->rules();
        must(rules.set(access::command_principal(),
                       "[[rule]]\nname = \"all\"\nattach = [\"idf\", \"idea\", \"xarf\", \"stix\"]\n", "all formats"));
        rules.share_by([this](gate::OrganisationId who) -> Result<std::optional<SharedWith>> {
            auto const found = clearances_.find(who.value);
            if (found == clearances_.end()) return std::nullopt;
            return SharedWith{gate::Recipient::peer(who, "a peer", found->second),
                              "identity--0b0c7a3e-5d1f-5e6b-9a57-3f5a3c1d2e4f"};
        });
    }

    /// By sharing only what the peer is cleared for.
    void ask_about_stix(std::int64_t recipient, File const& file) {
        auto const clearance = clearances_.find(recipient);
        ASSERT_NE(clearance, clearances_.end()) << "nothing is shared with " << recipient;
        for (auto const& one : house_.findings) {
            ++asked_;
            auto const tlp = gate::parse_tlp(one.tlp);
            if ((tlp ? *tlp : gate::Tlp::amber) > clearance->second)
                EXPECT_FALSE(shows(file.bytes, one)) << one.tlp << " for " << recipient;
        }
    }

    /// The rules once more, as a person would say them (docs/security.md).
    bool may_have(std::int64_t recipient, events::Finding const& one) const {
        if (one.tlp == "RED") return false;                                   // nobody is named
        if (one.tlp == "AMBER+STRICT") return recipient == one.organisation;  // stays in the house
        for (auto at = one.organisation; at != 0; at = parent_.at(at))
            if (at == recipient) return true;
        return false;
    }
    std::int64_t recipient_of(std::int64_t owner) const {
        while (owner != 0 && !has_contact_.contains(owner)) owner = parent_.at(owner);
        return owner;
    }

    void ask_about(Notification const& notification) {
        auto const detail = must(house_.room->show(notification.id));
        auto const recipient = recipient_of(notification.organisation);
        for (auto const& to : notification.to)
            EXPECT_EQ(to, fmt::format("abuse@owner{}.example", recipient)) << "a mail to somebody else";
        std::string mail;
        for (auto const& part : must(formats::mail::read_mail(must(house_.room->message(notification.id)))).parts)
            mail += part.bytes + "\n";
        std::string files;
        for (auto const& file : detail.files)
            if (file.name.ends_with(".stix.json")) ask_about_stix(recipient, file);
        for (auto const& file : detail.files) files += must(house_.room->attachment(notification.id, file.name)).bytes;
        auto const link = must(house_.room->link_of(notification.id));
        std::map<std::string_view, std::string> const doors{{"mail", mail},
                                                            {"files", files},
                                                            {"text and html", detail.text + detail.html},
                                                            {"page", page(link)},
                                                            {"page's file", page(link + "/findings.csv")}};
        std::int64_t due = 0;
        for (auto const& one : house_.findings) {
            bool const is_its = one.organisation == notification.organisation && may_have(recipient, one);
            due += is_its ? 1 : 0;
            for (auto const& [name, body] : doors) {
                ++asked_;
                bool const is_there = shows(body, one);
                EXPECT_EQ(is_there, is_its)
                    << name << ": " << one.tlp << " of " << one.organisation << " in a message about "
                    << notification.organisation << " for " << recipient;
            }
        }
        EXPECT_EQ(notification.findings, due) << "the count says what the lines do not";
    }

    /// By its address, its domain or its id; a longer number is another one.
    static bool shows(std::string_view body, events::Finding const& one) {
        for (std::string const& sign : {format_ip(*one.address), one.domain, one.id})
            for (auto at = body.find(sign); at != std::string_view::npos; at = body.find(sign, at + 1)) {
                auto const end = at + sign.size();
                bool const goes_on = end < body.size() && body[end] >= '0' && body[end] <= '9';
                if (!goes_on) return true;
            }
        return false;
    }

    std::string page(std::string const& target) {
        net::HttpRequest request;
        request.target = target;
        request.peer.address = "198.51.100.9";
        auto const answer = house_.room->owner_page(request);
        EXPECT_EQ(answer.status, 200) << target;
        return answer.body;
    }

    /// A link that was, one that never was: the same answer, and nothing in it.
    void ask_strangers() {
        auto const all = house_.all();
        if (all.empty()) return;
        auto const was = must(house_.room->link_of(all.front().id));
        std::array const ids{all.front().id};
        EXPECT_TRUE(house_.room->revoke_link(access::command_principal(), ids, "wrong address"));
        auto never = was;
        never.back() = never.back() == 'A' ? 'B' : 'A';
        std::set<std::string> bodies;
        for (auto const& target : {was, never, was + "/findings.csv"}) {
            net::HttpRequest request;
            request.target = target;
            request.peer.address = "198.51.100.10";
            auto const answer = house_.room->owner_page(request);
            EXPECT_EQ(answer.status, 404);
            bodies.insert(answer.body);
            for (auto const& one : house_.findings) {
                ++asked_;
                EXPECT_FALSE(shows(answer.body, one));
            }
        }
        EXPECT_EQ(bodies.size(), 1U) << "the answer tells whether a link ever was good";
    }

    Random random_;
    std::int64_t asked_ = 0;
    TestHouse house_;
    std::vector<std::int64_t> ids_;
    std::map<std::int64_t, std::int64_t> parent_;
    std::set<std::int64_t> has_contact_;
    std::map<std::int64_t, gate::Tlp> clearances_;
};

TEST(Leak, NothingAboveAndNothingMissingInMailsAndOnTheOwnersPage) {
    auto const wanted = environment("TOCSIN_LEAK_CASES", 3'000);
    auto const seed = static_cast<std::uint64_t>(environment("TOCSIN_LEAK_SEED", 1));
    std::int64_t asked = 0;
    for (std::uint64_t world = 0; asked < wanted; ++world) {
        SCOPED_TRACE(fmt::format("TOCSIN_LEAK_SEED={}", seed + world));
        asked += World(seed + world).ask();
        if (::testing::Test::HasFailure()) return;
    }
    EXPECT_GE(asked, wanted);
}

}  // namespace
}  // namespace tocsin::notifications
